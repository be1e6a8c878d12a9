import { Command } from 'commander';
import type { AlertDecisionOptions } from '../../../jobs/expiry/commands/alerts-decide.action.ts';
import type { AlertsListOptions } from '../../../jobs/expiry/commands/alerts-list.action.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const alertsCommand: DeclareCommand = ({ run }) => {
  const list = new Command('list')
    .description('what was told of late, to whom, and what is kept quiet')
    .option('--limit <n>', 'at most so many alerts', '50')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('alerts list --limit 20'))
    .action((options: AlertsListOptions) =>
      run(async (io, globals) => {
        const { listAlerts } = await import('../../../jobs/expiry/commands/alerts-list.action.ts');
        return listAlerts(io, globals, options);
      }),
    );
  const deciding = (action: 'snooze' | 'unsnooze' | 'ack', description: string, example: string) =>
    new Command(action)
      .description(description)
      .argument('<item>', 'kind and number, such as certificate:12')
      .option('--as <email>', 'who decides; default: the user of this machine')
      .addHelpText('after', examples(example))
      .action((item: string, options: AlertDecisionOptions) =>
        run(async (io, globals) => {
          const { decideAlert } = await import('../../../jobs/expiry/commands/alerts-decide.action.ts');
          return decideAlert(io, globals, action, item, options);
        }),
      );
  return new Command('alerts')
    .description('expiry alerts: what was told, and what is kept quiet')
    .addCommand(list)
    .addCommand(
      deciding(
        'snooze',
        'do not tell of an item for a while',
        'alerts snooze certificate:12 --until 2026-12-01 --reason "being replaced"',
      )
        .requiredOption('--until <date>', 'the first day on which it is told again, YYYY-MM-DD')
        .requiredOption('--reason <text>', 'why'),
    )
    .addCommand(
      deciding(
        'unsnooze',
        'tell of an item again that was snoozed or acknowledged',
        'alerts unsnooze certificate:12',
      ),
    )
    .addCommand(
      deciding('ack', 'do not tell of an item again until its date changes', 'alerts ack license:3').option(
        '--reason <text>',
        'why',
      ),
    )
    .addHelpText('after', examples('alerts list', 'alerts ack license:3'));
};
