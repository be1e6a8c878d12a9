import { Argument, Command, Option } from '@commander-js/extra-typings';
import { shells } from '../../generate/shells.ts';
import { grantRoles } from '../../grants/role-words.ts';
import { examples } from './command-context.ts';

export const generateGrants = () =>
  new Command('grants')
    .description('Print the SQL that gives the roles their rights on this database; nothing is run')
    .addOption(new Option('--role <role>', 'only of this role').choices(grantRoles))
    .addHelpText('after', examples('generate grants', 'generate grants --role reader'));

export const generateSystemd = () =>
  new Command('systemd')
    .description('Print a service and a timer for each job, or the service of a daemon')
    .option('--daemon', 'the service of a daemon, instead of timers')
    .option('--user', 'for the service manager of a user; default: of the system')
    .option('--dir <folder>', 'write the files there; default: print them')
    .addHelpText(
      'after',
      `
The units start this program with the configuration that this command found. They hold no secret: files hold these.
A timer may fire more often than its job; a service does nothing when the job is not due.
${examples('generate systemd', 'generate systemd --daemon --dir /etc/systemd/system')}`,
    );

export const generateCrontab = () =>
  new Command('crontab')
    .description('Print a crontab that starts each job on its schedule')
    .option('--host-zone <zone>', "the time zone of the host of the crontab; default: this host's")
    .addHelpText(
      'after',
      `
cron reads every line in the time zone of its host. A job of another zone has a line for each time that its own may be there.
A line may fire more often than its job; it does nothing when the job is not due.
${examples('generate crontab', 'generate crontab --host-zone Europe/Berlin')}`,
    );

export const generateKubernetes = () =>
  new Command('kubernetes')
    .description('Print a CronJob for each job, or a Deployment of daemons; needs PostgreSQL')
    .option('--daemon', 'a Deployment of two daemons, instead of CronJobs')
    .option('--image <image>', 'the image of the containers; default: opsdeck-jobs with this version')
    .option('--namespace <name>', 'the namespace of the objects; default: that of kubectl')
    .addHelpText(
      'after',
      `
The objects have the configuration that this command found. They hold no secret: their first lines show how to make the Secret.
${examples('generate kubernetes --image registry.example/opsdeck-jobs:0.1.0', 'generate kubernetes --daemon')}`,
    );

export const generateCompletion = () =>
  new Command('completion')
    .description('Print the script that completes commands, options and names of jobs in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', examples('generate completion bash', 'generate completion zsh'));

export const generateMan = () =>
  new Command('man')
    .description('Print the manual page opsdeck-jobs(1)')
    .addHelpText('after', examples('generate man'));
