import { Command } from 'commander';
import type { DaemonOptions } from '../actions/daemon.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const daemonCommand: DeclareCommand = ({ run }) =>
  new Command('daemon')
    .description('run the jobs on their schedules until stopped')
    .option('--only <jobs>', 'only these jobs (comma-separated)')
    .option('--listen <address>', 'serve /health, /ready and /metrics there, such as 127.0.0.1:9464')
    .addHelpText(
      'after',
      `
Any number of daemons, timers and hosts may share a database: each firing runs once. Ctrl-C or SIGTERM lets the runs end
(shutdown_grace, 30s), a second one does not wait. The log goes to stdout.
${examples('daemon', 'daemon --only compliance-drift', 'daemon --listen 127.0.0.1:9464')}`,
    )
    .action((options: DaemonOptions) =>
      run(async (io, globals) => {
        const { daemon } = await import('../actions/daemon.ts');
        return daemon(io, globals, options);
      }),
    );
