import { Argument, Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { systems } from '../examples/systems.ts';

export const uarExample = () =>
  new Command('example')
    .description('Print ready comparisons for a system, and what to create there')
    .addArgument(new Argument('<system>', 'the system whose accounts are reviewed').choices(systems))
    .addHelpText(
      'after',
      `
What is printed is a file that \`uar import\` takes: JSON, with the steps as comments.
${examples('uar example entra > entra.json', 'uar example okta')}`,
    );
