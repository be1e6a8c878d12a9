import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { count } from '../../../src/text/count.ts';
import { leaversDocument, leaversRows } from '../../uar/leavers/document.ts';
import { leaversReport } from '../../uar/leavers/present.ts';
import { type LeaversReport, type LeaversScope, readLeavers } from '../../uar/leavers/read.ts';
import type { Mask } from '../people/mask.ts';
import { type AuditFormat, type AuditPart, type NotIncluded, reportFiles } from './audit-list.ts';

const place = '05-leavers';

/**
 * Who left in the period, and how long each system still had their accounts.
 *
 * @param whole masks a text that is a person as a whole; null: names stay.
 */
export async function leaversPart(
  db: Kysely<Database>,
  { first, last, today }: Pick<LeaversScope, 'first' | 'last' | 'today'>,
  whole: Mask | null,
  format: AuditFormat,
): Promise<AuditPart> {
  const { origin } = format;
  const scope: LeaversScope = { database: origin.database, zone: origin.zone, first, last, today };
  const read = await readLeavers(db, scope);
  const report = whole === null ? read : masked(read, whole);
  return {
    missing: missingOf(report),
    lists: [
      {
        place,
        title: 'People who left',
        source: sourceOf(report),
        filter: `left between ${first} and ${last}; an account a row, and each departure that is no date`,
        count: report.rows.length + report.gaps.dates.length,
        files: reportFiles(
          place,
          {
            title: 'People who left',
            present: () => leaversReport(report, scope),
            document: () => ({ before: leaversDocument(report, scope) }),
            rows: () => leaversRows(report),
            origin: () => origin,
          },
          format,
        ),
      },
    ],
  };
}

function sourceOf({ lists, gaps }: LeaversReport): string {
  const accounts = 'opsdeck_jobs.uar_population';
  if (lists.length > 0) return `${accounts}; departures by ${lists.map(({ list }) => list).join(', ')}`;
  return gaps.lists.length > 0
    ? `${accounts}; departures by no list`
    : `offboarding_process, onboarding_process, audit_log and ${accounts}`;
}

/** Whatever the report could not look at: with any of it the list is incomplete. */
function missingOf({ people, systems, lists, gaps }: LeaversReport): readonly NotIncluded[] {
  const without = lists.length === 0 && gaps.lists.length > 0;
  const missing = (what: string, why: string): NotIncluded => ({ what: `leavers: ${what}`, why });
  return [
    ...gaps.lists.map(({ comparison, departure }) =>
      missing(
        `departures by ${comparison}`,
        `No completed execution has read its column '${departure}'${without ? ', and no other list was read: who left is not known' : ''}.`,
      ),
    ),
    ...(systems.length === 0 && people > 0
      ? [missing('their accounts', 'No execution has kept a population: no system was looked at.')]
      : []),
    // Without a list no system was looked at: the line above has why.
    ...(without ? [] : gaps.systems).map(({ name }) =>
      missing(`accounts in ${name}`, 'No key of it is one of the list of those who left.'),
    ),
    ...(gaps.dates.length === 0
      ? []
      : [
          missing(
            count(gaps.dates.length, 'departure'),
            `What is written there is no date: whether it was in the period is not known. See ${place}.`,
          ),
        ]),
    ...(gaps.journal.length === 0
      ? []
      : [
          missing(
            `the first date of ${count(gaps.journal.length, 'departure')}`,
            `An entry of OpsDeck's journal cannot be read. See ${place}.`,
          ),
        ]),
  ];
}

/** A key is a person; what is written instead of a date may be anything. */
function masked(report: LeaversReport, whole: Mask): LeaversReport {
  const { rows, gaps } = report;
  return {
    ...report,
    rows: rows.map((row) => ({
      ...row,
      person: whole(row.person),
      name: row.name === null ? null : whole(row.name),
    })),
    gaps: {
      ...gaps,
      dates: gaps.dates.map((one) => ({
        ...one,
        person: whole(one.person),
        text: '[not shown with pseudonyms]',
      })),
      // Of an address that is missing there is the number of the offboarding.
      journal: gaps.journal.map((one) => (/^offboarding \d+$/.test(one) ? one : whole(one))),
    },
  };
}
