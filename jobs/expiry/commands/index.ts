import { type Action, lazy, noun, type OptionsOf } from '../../../src/cli/commands/command-context.ts';
import { importCsv, withColumns } from '../../../src/cli/commands/import-csv.ts';
import { expiryAlerts } from './expiry-alerts.ts';
import { expiryAck, expirySnooze, expiryUnsnooze } from './expiry-decide.ts';
import { expiryList } from './expiry-list.ts';
import { expiryProbe } from './expiry-probe.ts';
import { expiryRenewed } from './expiry-renewed.ts';
import { expiryShow } from './expiry-show.ts';
import { importCertificates } from './import-certificates.ts';
import { reportExpiry } from './report-expiry.ts';

type Decision = Action<[item: string, options: Partial<OptionsOf<typeof expirySnooze>>]>;

const deciding = (verb: 'snooze' | 'unsnooze' | 'ack') => async (): Promise<Decision> => {
  const { decideAlert } = await import('./expiry-decide.action.ts');
  return (io, globals, item, options) => decideAlert(io, globals, verb, item, options);
};

export const expiry = noun(
  'expiry',
  'Watch what renews or expires, and suppress alerts',
  [
    lazy(expiryList, async () => (await import('./expiry-list.action.ts')).listExpiry),
    lazy(expiryShow, async () => (await import('./expiry-show.action.ts')).showItem),
    lazy(expiryAlerts, async () => (await import('./expiry-alerts.action.ts')).listAlerts),
    lazy(expiryProbe, async () => (await import('./expiry-probe.action.ts')).probeEndpoint),
    lazy(expirySnooze, deciding('snooze')),
    lazy(expiryUnsnooze, deciding('unsnooze')),
    lazy(expiryAck, deciding('ack')),
    lazy(expiryRenewed, async () => (await import('./expiry-renewed.action.ts')).recordRenewal),
  ],
  'expiry list',
  'expiry ack license:3',
);

export const expiryReport = lazy(
  reportExpiry,
  async () => (await import('./report-expiry.action.ts')).reportExpiry,
);

const loadCertificates = async () => (await import('../import/certificates.ts')).certificates;

/** What renews or expires. */
export const expiryImports = [
  importCsv({
    name: 'subscriptions',
    description: 'Import what renews, with owner and cost',
    framework: false,
    example: 'import subscriptions subscriptions.csv --dry-run',
    load: async () => (await import('../import/subscriptions.ts')).subscriptions,
  }),
  importCsv({
    name: 'licenses',
    description: 'Import licences that expire, without their keys',
    framework: false,
    example: 'import licenses licenses.csv',
    load: async () => (await import('../import/licenses.ts')).licenses,
  }),
  importCsv({
    name: 'credentials',
    description: 'Import credentials that expire, without their secrets',
    framework: false,
    example: 'import credentials credentials.csv',
    load: async () => (await import('../import/credentials.ts')).credentials,
  }),
  importCsv({
    name: 'deadlines',
    description: 'Import other dates that the job deadlines watches, such as domains and permits',
    framework: false,
    example: 'import deadlines deadlines.csv --dry-run',
    load: async () => (await import('../import/deadlines.ts')).deadlines,
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
