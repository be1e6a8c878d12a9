import { Command, Option } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';

export const declareDaemon = () =>
  new Command('daemon')
    .description('Run the jobs on their schedules until stopped')
    .option('--only <jobs>', 'only these jobs (comma-separated)')
    .option('--listen <address>', 'serve pages, /health, /ready and /metrics there, such as 127.0.0.1:9464')
    .addOption(
      new Option(
        '--probe <page>',
        'start no daemon: ask the one at --listen for this page; exit 4: not well, 6: no answer',
      ).choices(['health', 'ready']),
    )
    .addHelpText(
      'after',
      `
Any number of daemons, timers and hosts may share a database: each scheduled run happens once. Ctrl-C or SIGTERM lets the runs end
(shutdown_grace, 30s), a second one does not wait. The log goes to stdout.
${examples('daemon', 'daemon --only compliance-drift', 'daemon --listen 127.0.0.1:9464')}`,
    );
