import { type Day, dayInWords, daysBetween } from '../../../src/time/calendar-day.ts';
import { eachItem } from '../each-item.ts';
import { type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope, ownerOf } from '../item.ts';
import { inOrder, type Thresholds } from '../thresholds.ts';
import type { ComparedRow } from './endpoints.sql.ts';
import {
  compareServed,
  connectionFaults,
  type Difference,
  faultInWords,
  isUnreachable,
  type Served,
} from './judge-endpoint.ts';

/** What is wrong at an endpoint, or is to be known of it. */
export interface EndpointFinding {
  /** How it differs from others of its certificate: with its day or fingerprint, the key of its alerts. */
  readonly key: string;
  /** Follows the name of the certificate; of one with an end, a verb with the distance follows. */
  readonly text: string;
  /** The same for a table of endpoints: a sentence without its full stop. */
  readonly short: string;
  /** The day on which it was found; of one with an end, the first day on which it was served. */
  readonly since: Day;
  /** The end of what is served; null: there is nothing to count down to. */
  readonly endsOn: Day | null;
}

/** Without an end, an alert is sent at once and again after so many days. */
const afterwards: Thresholds = [0, -7, -30];

/** Pure. What is wrong at one endpoint now, by the last observation. */
export function findingsOf(row: ComparedRow, today: Day): readonly EndpointFinding[] {
  const { endpoint } = row;
  const findings: EndpointFinding[] = [];
  if (!row.refused && row.failing_since !== null && isUnreachable(row.failing_since, today)) {
    const since = dayInWords(row.failing_since);
    findings.push({
      key: `unreachable:${endpoint}:${row.failing_since}`,
      text: `cannot be checked where it is served: ${endpoint} has been unreachable since ${since} (${row.failure})`,
      short: `unreachable since ${row.failing_since}: ${row.failure}`,
      since: row.failing_since,
      endsOn: null,
    });
  }
  const served = servedOf(row);
  if (served === null) return findings;
  const difference = differenceOf(row);
  if (row.served_end !== null && row.served_since !== null) {
    const text = endText(difference, endpoint);
    if (text !== null) {
      findings.push({
        key: `served:${endpoint}:${row.fingerprint}`,
        text,
        short: `${difference === 'not_deployed' ? 'renewed but not deployed' : 'another certificate'}: ends ${row.served_end}, recorded ${row.recorded_end ?? 'without an end'}`,
        since: row.served_since,
        endsOn: row.served_end,
      });
    }
  }
  for (const fault of connectionFaults) {
    const since = row.faults[fault];
    // Whoever recorded exactly this certificate knows who signed it.
    if (since === undefined || (fault === 'untrusted' && difference === 'same')) continue;
    const words = faultInWords(fault, served);
    findings.push({
      key: `${fault}:${endpoint}:${since}`,
      text: `is served with a fault: ${endpoint} ${words}`,
      short: words,
      since,
      endsOn: null,
    });
  }
  return findings;
}

function endText(difference: Difference | null, endpoint: string): string | null {
  switch (difference) {
    case 'not_deployed':
      return `was renewed but not deployed: ${endpoint} still serves one that`;
    case 'ends_sooner':
    case null:
      return `is not what is served: ${endpoint} serves another one, which`;
    default:
      return null;
  }
}

/** null: what is recorded has no end to compare with. */
function differenceOf(row: ComparedRow): Difference | null {
  const { fingerprint, served_start, served_end, recorded_end, recorded_start } = row;
  if (fingerprint === null || served_start === null || served_end === null || recorded_end === null)
    return null;
  return compareServed(
    { fingerprint, start: served_start, end: served_end },
    { fingerprints: row.recorded_fingerprints, end: recorded_end, start: recorded_start },
  );
}

function servedOf({ name, issuer, trust, name_fits, not_before, not_after }: ComparedRow): Served | null {
  if (not_before === null || not_after === null) return null;
  return {
    name,
    issuer,
    trust,
    nameFits: name_fits === true,
    notBefore: new Date(not_before),
    notAfter: new Date(not_after),
  };
}

/** What is alerted about an endpoint, as items of its certificate. */
function itemsOf(row: ComparedRow, today: Day, thresholds: Thresholds): readonly ExpiringItem[] {
  return findingsOf(row, today).map(({ key, text, since, endsOn }): ExpiringItem => {
    const end = endsOn ?? since;
    return {
      kind: 'certificate',
      id: row.certificate_id,
      name: row.certificate,
      key,
      expiresOn: end,
      // At once, and then as every end.
      thresholds: endsOn === null ? afterwards : inOrder([daysBetween(since, end), ...thresholds]),
      happens: 'expires',
      finding: { text, counts: endsOn !== null },
      owner: ownerOf(row.owner_type, row.owner_id),
      detail: [row.type ?? '', `served at ${row.endpoint}`].filter((part) => part !== '').join(', '),
      cost: null,
      breakGlass: false,
      cancelBy: null,
      differences: [],
    };
  });
}

/** What whoever keeps the records can put right. */
function problemsOf(row: ComparedRow): readonly ItemProblem[] {
  const wrong = (problem: string): ItemProblem => ({
    kind: 'certificate',
    id: row.certificate_id,
    name: row.certificate,
    problem,
  });
  const problems: ItemProblem[] = [];
  if (row.refused) {
    problems.push(
      wrong(
        `its endpoint ${row.endpoint} was not asked: ${row.failure}; the setting allowed_networks allows networks`,
      ),
    );
  }
  if (row.served_end !== null && differenceOf(row) === 'ends_later') {
    problems.push(
      wrong(
        `${row.endpoint} serves a certificate that ends on ${dayInWords(row.served_end)}, later than what is recorded`,
      ),
    );
  }
  return problems;
}

/** The same with what the endpoints of these certificates bring. An error in one of them is a problem of its certificate. */
export function withEndpoints(
  found: FoundItems,
  rows: readonly ComparedRow[],
  scope: ItemScope,
  thresholds: Thresholds,
): FoundItems {
  const items = [...found.items];
  const problems = [...found.problems];
  const named = rows.map((row) => ({ ...row, id: row.certificate_id, name: row.certificate, row }));
  eachItem('certificate', named, problems, ({ row }) => {
    const brought = itemsOf(row, scope.today, thresholds);
    problems.push(...problemsOf(row));
    items.push(
      ...(scope.findings === true
        ? brought
        : brought.filter(({ finding, expiresOn }) => finding?.counts === true && expiresOn <= scope.until)),
    );
  });
  return { ...found, items, problems };
}
