/** A naive evaluation, rule by rule and row by row, to compare the set-based SQL with. Written from the rules, not from the SQL. */

export interface EvidenceRow {
  readonly model: string;
  readonly id: number;
  readonly status: string | null;
  /** Calendar date in the business zone of the moment that counts; null: none. */
  readonly day: string | null;
  /** What orders evidence of one question, largest first; for campaigns processed_at before created_at. */
  readonly order: readonly (string | null)[];
  /** Keys that criteria may ask for. */
  readonly keys: Readonly<Record<string, string | number | readonly string[] | null>>;
}

export interface OracleRule {
  readonly id: number;
  readonly model: string;
  readonly criteria: Readonly<Record<string, unknown>>;
  readonly frequency: number;
  readonly grace: number;
  readonly enabled: boolean;
}

export interface OracleVerdict {
  readonly id: number;
  readonly status: string | undefined;
  readonly days: number | undefined;
  readonly evidence: number | undefined;
}

const accepts: Readonly<Record<string, (status: string | null) => boolean>> = {
  ActivityExecution: (status) =>
    !/^(failed|cancelled|canceled|planned|in[ _-]?progress)$/i.test(status ?? ''),
  Campaign: (status) => status === 'finished' || status === 'ongoing',
  MaintenanceLog: (status) => status === 'Completed',
  BCDRTestLog: (status) => status === 'Passed',
  OnboardingProcess: (status) => !/^cancelled$/i.test(status ?? ''),
  OffboardingProcess: (status) => !/^cancelled$/i.test(status ?? ''),
  SecurityAssessment: (status) => status !== null && !/^(rejected|pending( review)?)$/i.test(status),
  RiskAssessment: (status) => status !== null && status.toLowerCase() !== 'draft',
  UARExecution: (status) => status === 'completed',
};

function asksFor({ model, criteria }: OracleRule, row: EvidenceRow): boolean {
  const { method } = criteria;
  const same = (key: string, criterion: string) => row.keys[key] === criteria[criterion];
  switch (model) {
    case 'ActivityExecution':
      return criteria['value'] === undefined
        ? same('activityNamed', 'activity_name')
        : same('activity', 'value');
    case 'Campaign': {
      if (method === 'title_match') {
        const title = String(row.keys['title']).toLowerCase();
        return title.includes(String(criteria['title_pattern']).toLowerCase());
      }
      const wanted = criteria['tags'];
      const has = row.keys['tags'];
      return Array.isArray(wanted) && Array.isArray(has) && wanted.some((tag) => has.includes(tag));
    }
    case 'MaintenanceLog':
      return method === 'any_completed' || same('type', 'event_type');
    case 'BCDRTestLog':
      return method !== 'plan_match' || same('plan', 'plan_id');
    case 'SecurityAssessment':
      return criteria['supplier_id'] === undefined || same('supplier', 'supplier_id');
    case 'UARExecution':
      if (method === 'comparison_match') return same('comparison', 'comparison_id');
      return method !== 'comparison_name_match' || same('comparisonName', 'comparison_name');
    default:
      return true;
  }
}

/** Descending, null last. */
function newerFirst(a: EvidenceRow, b: EvidenceRow): number {
  for (let at = 0; at < a.order.length; at += 1) {
    const [left, right] = [a.order[at] ?? '', b.order[at] ?? ''];
    if (left !== right) return left < right ? 1 : -1;
  }
  return b.id - a.id;
}

export function judge(rule: OracleRule, evidence: readonly EvidenceRow[], today: string): OracleVerdict {
  if (!rule.enabled) return { id: rule.id, status: undefined, days: undefined, evidence: undefined };
  const [newest] = evidence
    .filter((row) => row.model === rule.model && accepts[rule.model]?.(row.status) === true)
    .filter((row) => row.day !== null && row.day <= today && asksFor(rule, row))
    .toSorted(newerFirst);
  if (newest === undefined || newest.day === null) {
    return { id: rule.id, status: 'non_compliant', days: undefined, evidence: undefined };
  }
  const days = Math.round((Date.parse(today) - Date.parse(newest.day)) / 86_400_000);
  const late = days > rule.frequency + rule.grace ? 'non_compliant' : 'warning';
  return { id: rule.id, status: days <= rule.frequency ? 'compliant' : late, days, evidence: newest.id };
}
