import type { Kysely } from 'kysely';
import type { Config } from '../../../src/config/config.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { Cell, ReportBlock } from '../../../src/job/report.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { certificateSettings } from '../certificate-settings.ts';
import { findingsOf } from './compare-endpoints.ts';
import { readComparedEndpoints, readWantedEndpoints } from './endpoints.sql.ts';

/** One endpoint as lists and reports show it. */
export interface EndpointStatus {
  readonly certificate_id: number;
  readonly certificate: string;
  readonly endpoint: string;
  /** The end of what was served last; null: nothing was seen yet. */
  readonly served_until: Day | null;
  /** When a certificate was received last. */
  readonly seen_at: string | null;
  /** What was found; `failed`: it did not answer last time. Never `ok` without a certificate that was received last time. */
  readonly state: 'ok' | 'found' | 'failed' | 'not_asked';
  /** Phrases. */
  readonly findings: readonly string[];
}

/** Two statements: every endpoint that is configured or imported, of one certificate or of all. */
export async function readEndpointStatus(
  db: Kysely<Database>,
  {
    jobs,
    zone,
    today,
    id,
  }: {
    readonly jobs: Config['jobs'];
    readonly zone: string;
    readonly today: Day;
    readonly id: number | null;
  },
): Promise<readonly EndpointStatus[]> {
  const settings = certificateSettings.parse(jobs['certificate-expiry']?.settings ?? {});
  const { endpoints } = await readWantedEndpoints(db, settings.endpoints);
  const wanted = endpoints.filter((one) => id === null || one.certificate_id === id);
  if (wanted.length === 0) return [];
  const rows = await readComparedEndpoints(db, { id, zone });
  const observed = new Map(rows.map((row) => [`${row.certificate_id} ${row.endpoint}`, row]));
  return wanted.map((one): EndpointStatus => {
    const row = observed.get(`${one.certificate_id} ${one.endpoint}`);
    if (row === undefined)
      return { ...one, served_until: null, seen_at: null, state: 'not_asked', findings: [] };
    const found = findingsOf(row, today).map(({ short }) => short);
    const failed = row.failure === null ? [] : [`no certificate since ${row.failing_since}: ${row.failure}`];
    const findings = [...failed, ...found.filter((text) => !text.startsWith('unreachable'))];
    const state = row.failure === null ? (findings.length === 0 ? 'ok' : 'found') : 'failed';
    return { ...one, served_until: row.served_end, seen_at: row.seen_at, state, findings };
  });
}

/** None: no endpoint is watched. */
export function endpointBlocks(endpoints: readonly EndpointStatus[]): ReportBlock[] {
  if (endpoints.length === 0) return [];
  return [
    { kind: 'heading', text: 'What is served' },
    {
      kind: 'table',
      columns: ['endpoint', 'certificate', 'served until', 'last seen', 'state'],
      rows: endpoints.map((one): readonly (string | Cell)[] => [
        one.endpoint,
        `certificate:${one.certificate_id} ${one.certificate}`,
        one.served_until ?? '-',
        one.seen_at === null ? 'never' : one.seen_at.slice(0, 10),
        wordsOf(one),
      ]),
    },
  ];
}

function wordsOf({ state, findings }: EndpointStatus): Cell {
  switch (state) {
    case 'ok':
      return { text: 'as recorded', tone: 'plain' };
    case 'not_asked':
      return { text: 'not asked yet', tone: 'notice' };
    default:
      return { text: findings.join('; '), tone: state === 'failed' ? 'warning' : 'bad' };
  }
}
