import { type Action, lazy, noun, type OptionsOf } from '../../../src/cli/commands/command-context.ts';
import { importCsv, withColumns } from '../../../src/cli/commands/import-csv.ts';
import { alertsAck, alertsSnooze, alertsUnsnooze } from './alerts-decide.ts';
import { alertsList } from './alerts-list.ts';
import { explainItem } from './explain-item.ts';
import { importCertificates } from './import-certificates.ts';
import { reportExpiry } from './report-expiry.ts';

type Decision = Action<[item: string, options: Partial<OptionsOf<typeof alertsSnooze>>]>;

const deciding = (verb: 'snooze' | 'unsnooze' | 'ack') => async (): Promise<Decision> => {
  const { decideAlert } = await import('./alerts-decide.action.ts');
  return (io, globals, item, options) => decideAlert(io, globals, verb, item, options);
};

export const alerts = noun(
  'alerts',
  'expiry alerts: what was told, and what is kept quiet',
  [
    lazy(alertsList, async () => (await import('./alerts-list.action.ts')).listAlerts),
    lazy(alertsSnooze, deciding('snooze')),
    lazy(alertsUnsnooze, deciding('unsnooze')),
    lazy(alertsAck, deciding('ack')),
  ],
  'alerts list',
  'alerts ack license:3',
);

export const expiryReport = lazy(
  reportExpiry,
  async () => (await import('./report-expiry.action.ts')).reportExpiry,
);

export const itemExplanations = (['subscription', 'license', 'credential', 'certificate'] as const).map(
  (kind) =>
    lazy(explainItem(kind), async () => {
      const { explain } = await import('./explain-item.action.ts');
      return (io, globals, id, options) => explain(io, globals, kind, id, options);
    }),
);

const loadCertificates = async () => (await import('../import/certificates.ts')).certificates;

/** What renews or expires. */
export const expiryImports = [
  importCsv({
    name: 'subscriptions',
    description: 'what renews, with owner and cost',
    framework: false,
    example: 'import subscriptions subscriptions.csv --dry-run',
    load: async () => (await import('../import/subscriptions.ts')).subscriptions,
  }),
  importCsv({
    name: 'licenses',
    description: 'licences that expire, without their keys',
    framework: false,
    example: 'import licenses licenses.csv',
    load: async () => (await import('../import/licenses.ts')).licenses,
  }),
  importCsv({
    name: 'credentials',
    description: 'credentials that expire, without their secrets',
    framework: false,
    example: 'import credentials credentials.csv',
    load: async () => (await import('../import/credentials.ts')).credentials,
  }),
  withColumns(
    lazy(importCertificates, async () => {
      const { importing } = await import('../../../src/cli/actions/import-csv.ts');
      const { openCertificates } = await import('../import/pem-files.ts');
      return importing(await loadCertificates(), openCertificates);
    }),
    async () => (await loadCertificates()).columns,
  ),
];
