/*
 * The commands of the core, about jobs, messages and the program itself: declarations only, so that `--help` stays quick.
 */

import type { GlobalOptions, Io } from '../io.ts';
import { declareBackup } from './backup.ts';
import { type Action, type DeclareCommand, lazy, noun, type OptionsOf } from './command-context.ts';
import { configCheck, configSchema, configShow } from './config.ts';
import { declareDaemon } from './daemon.ts';
import { decisionsList } from './decisions.ts';
import { destinationsEnable, destinationsList } from './destinations.ts';
import { declareDisable } from './disable.ts';
import { declareDoctor } from './doctor.ts';
import { declareEnable } from './enable.ts';
import {
  generateCompletion,
  generateCrontab,
  generateGrants,
  generateKubernetes,
  generateMan,
  generateSystemd,
} from './generate.ts';
import { declareList } from './list.ts';
import {
  messagesCancel,
  messagesHoldAll,
  messagesList,
  messagesRelease,
  messagesResume,
  messagesRetry,
  messagesShow,
  messagesTest,
} from './messages.ts';
import { declareMetrics } from './metrics.ts';
import { declareMigrate } from './migrate.ts';
import {
  notificationsDisable,
  notificationsEnable,
  notificationsList,
  notificationsTest,
} from './notifications.ts';
import { declarePause } from './pause.ts';
import { peopleErase } from './people.ts';
import { declarePreview } from './preview.ts';
import { declareRestore } from './restore.ts';
import { declareResume } from './resume.ts';
import { declareRunJob } from './run-job.ts';
import { runsCancel, runsList, runsRetry, runsShow } from './runs.ts';
import { declareSetup } from './setup.ts';
import { declareStatus } from './status.ts';
import { declareUninstall } from './uninstall.ts';

type Switch = Action<[jobs: string[], options: OptionsOf<typeof declareEnable>]>;

const switching = (verb: 'enable' | 'disable' | 'resume') => async (): Promise<Switch> => {
  const { switchJob } = await import('../actions/switch-job.ts');
  return (io, globals, jobs, options) => switchJob(io, globals, verb, jobs, options);
};

const switchingEvent = (enabled: boolean) => async () => {
  const { switchNotification } = await import('../actions/notifications-switch.ts');
  return (io: Io, globals: GlobalOptions, code: string, options: OptionsOf<typeof notificationsEnable>) =>
    switchNotification(io, globals, code, enabled, options);
};

export const runJob = lazy(declareRunJob, async () => (await import('../actions/run-job.ts')).runJob);
export const preview = lazy(declarePreview, async () => (await import('../actions/preview.ts')).preview);
export const list = lazy(declareList, async () => (await import('../actions/list.ts')).list);
export const status = lazy(declareStatus, async () => (await import('../actions/status.ts')).status);
export const metrics = lazy(declareMetrics, async () => (await import('../actions/metrics.ts')).metrics);
export const daemon = lazy(declareDaemon, async () => async (io, globals, { probe, ...options }) => {
  if (probe === undefined) return (await import('../actions/daemon.ts')).daemon(io, globals, options);
  return (await import('../actions/daemon-probe.ts')).probeDaemon(io, globals, probe, options.listen);
});
export const enable = lazy(declareEnable, switching('enable'));
export const disable = lazy(declareDisable, switching('disable'));
export const pause = lazy(declarePause, async () => (await import('../actions/pause.ts')).pause);
export const resume = lazy(declareResume, switching('resume'));
export const doctor = lazy(declareDoctor, async () => (await import('../actions/doctor.ts')).doctor);
export const setup = lazy(declareSetup, async () => (await import('../actions/setup.ts')).setup);
export const uninstall = lazy(
  declareUninstall,
  async () => (await import('../actions/uninstall.ts')).uninstall,
);
export const migrate = lazy(declareMigrate, async () => (await import('../actions/migrate.ts')).migrate);
export const backup = lazy(declareBackup, async () => (await import('../actions/backup.ts')).backup);
export const restore = lazy(declareRestore, async () => (await import('../actions/restore.ts')).restore);

export const runs = noun(
  'runs',
  'Look at runs, end them, and repeat them',
  [
    lazy(runsList, async () => (await import('../actions/runs-list.ts')).runsList),
    lazy(runsShow, async () => (await import('../actions/runs-show.ts')).runsShow),
    lazy(runsCancel, async () => (await import('../actions/runs-cancel.ts')).runsCancel),
    lazy(runsRetry, async () => (await import('../actions/runs-retry.ts')).runsRetry),
  ],
  'runs list',
  'runs show 6f1c0c1e',
);

export const messages = noun(
  'messages',
  'Look at messages, decide about them, and send them again',
  [
    lazy(messagesList, async () => (await import('../actions/messages-list.ts')).messagesList),
    lazy(messagesShow, async () => (await import('../actions/messages-show.ts')).messagesShow),
    lazy(messagesRetry, async () => (await import('../actions/messages-retry.ts')).messagesRetry),
    lazy(messagesCancel, async () => (await import('../actions/messages-cancel.ts')).messagesCancel),
    lazy(messagesRelease, async () => (await import('../actions/messages-release.ts')).messagesRelease),
    lazy(messagesHoldAll, async () => (await import('../actions/messages-sending.ts')).messagesHoldAll),
    lazy(messagesResume, async () => (await import('../actions/messages-sending.ts')).messagesResume),
    lazy(messagesTest, async () => (await import('../actions/messages-test.ts')).messagesTest),
  ],
  'messages list --state held',
);

export const decisions = noun(
  'decisions',
  'Show who decided what, when and why',
  [lazy(decisionsList, async () => (await import('../actions/decisions-list.ts')).decisionsList)],
  'decisions list --since 7d',
);

export const people = noun(
  'people',
  'Erase a person from what the program keeps',
  [lazy(peopleErase, async () => (await import('../actions/people-erase.ts')).peopleErase)],
  'people erase ana@example.org --reason "Request of 2 March" --dry-run',
);

export const destinations = noun(
  'destinations',
  'Show failing destinations of messages, and enable them again',
  [
    lazy(destinationsList, async () => (await import('../actions/destinations-list.ts')).destinationsList),
    lazy(destinationsEnable, async () => {
      const { destinationsEnable: enableOne } = await import('../actions/destinations-enable.ts');
      return (io, globals, key, options) => enableOne(io, globals, key.join(' '), options);
    }),
  ],
  'destinations list',
);

export const notifications = noun(
  'notifications',
  'Show, test, enable and disable what is sent about each event',
  [
    lazy(notificationsList, async () => (await import('../actions/notifications-list.ts')).listNotifications),
    lazy(notificationsTest, async () => (await import('../actions/notifications-test.ts')).testNotification),
    lazy(notificationsEnable, switchingEvent(true)),
    lazy(notificationsDisable, switchingEvent(false)),
  ],
  'notifications list',
  'notifications test COMPLIANCE_DRIFT',
);

/** They are about the commands themselves. */
const printCompletion: DeclareCommand = ({ run, root }) =>
  generateCompletion().action((shell) =>
    run(async (io, globals) =>
      (await import('../actions/generate-words.ts')).generateCompletion(io, globals, root(), shell),
    ),
  );
const printMan: DeclareCommand = ({ run, root }) =>
  generateMan().action(() =>
    run(async (io) => (await import('../actions/generate-words.ts')).generateMan(io, root())),
  );

export const generate = noun(
  'generate',
  'Print files that a set-up needs',
  [
    lazy(generateSystemd, async () => (await import('../actions/generate-systemd.ts')).generateSystemd),
    lazy(generateCrontab, async () => (await import('../actions/generate-crontab.ts')).generateCrontab),
    lazy(
      generateKubernetes,
      async () => (await import('../actions/generate-kubernetes.ts')).generateKubernetes,
    ),
    lazy(generateGrants, async () => (await import('../actions/generate-grants.ts')).generateGrants),
    printCompletion,
    printMan,
  ],
  'generate grants',
  'generate systemd --daemon',
);

export const config = noun(
  'config',
  'Show and check the configuration of this program',
  [
    lazy(configShow, async () => (await import('../actions/config-show.ts')).configShow),
    lazy(configCheck, async () => (await import('../actions/config-check.ts')).configCheck),
    lazy(configSchema, async () => (await import('../actions/config-schema.ts')).configSchema),
  ],
  'config show --json',
);
