import { Command } from 'commander';
import { type DeclareCommand, examples } from './command-context.ts';

const kinds = {
  subscription: 'a subscription',
  license: 'a licence',
  credential: 'a credential',
  certificate: 'a certificate',
} as const;

export const explainCommand: DeclareCommand = ({ run }) => {
  const command = new Command('explain').description(
    'why something was, or was not, told, to whom, and what happens next',
  );
  for (const kind of ['subscription', 'license', 'credential', 'certificate'] as const) {
    command.addCommand(
      new Command(kind)
        .description(`the alerts of ${kinds[kind]}`)
        .argument('<id>', 'its number')
        .option('--json', 'print one JSON document')
        .addHelpText('after', examples(`explain ${kind} 12`))
        .action((id: string, options: { readonly json?: boolean }) =>
          run(async (io, globals) => {
            const { explain } = await import('../../../jobs/expiry/commands/explain-item.action.ts');
            return explain(io, globals, kind, id, options);
          }),
        ),
    );
  }
  command.addCommand(
    new Command('finding')
      .description('a finding of an access review')
      .argument('<id>', 'its number')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples('explain finding 12'))
      .action((id: string, options: { readonly json?: boolean }) =>
        run(async (io, globals) => {
          const { explainOneFinding } = await import('../../../jobs/uar/commands/explain-finding.action.ts');
          return explainOneFinding(io, globals, id, options);
        }),
      ),
  );
  return command.addHelpText('after', examples('explain certificate 12'));
};
