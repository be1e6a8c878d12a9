import type { Tables } from './drift-tables.ts';

type Evidence = Tables['evidence'][number];

/** The words that count; undefined: every row does. */
const counting: Readonly<Record<string, readonly string[]>> = {
  Campaign: ['finished', 'ongoing'],
  MaintenanceLog: ['Completed'],
  BCDRTestLog: ['Passed'],
  UARExecution: ['completed'],
};
const models = [
  ...[
    'ActivityExecution',
    'Campaign',
    'MaintenanceLog',
    'BCDRTestLog',
    'OnboardingProcess',
    'OffboardingProcess',
  ],
  ...['SecurityAssessment', 'RiskAssessment', 'UARExecution'],
];

/** The date or wall clock of the evidence that OpsDeck takes for a rule; null: there is none, or it has no date. */
export function evidenceFor(
  rule: Tables['compliance_rule'][number],
  tables: Tables,
): string | null | 'unknown' {
  if (!models.includes(rule.target_model)) return 'unknown';
  const criteria = read(rule.criteria);
  if (criteria === 'unknown') return 'unknown';
  const asked = questionOf(rule.target_model, criteria, tables);
  if (asked === null || asked === 'unknown') return asked;
  const words = counting[rule.target_model];
  const [latest] = tables.evidence
    .filter(
      (row) => row.model === rule.target_model && (words === undefined || words.includes(row.status ?? '')),
    )
    .filter(asked)
    .sort((a, b) => later(a.newest, b.newest) || later(a.second, b.second));
  return latest?.newest ?? latest?.second ?? null;
}

function later(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? 1 : -1;
}

type Criteria = Readonly<Record<string, unknown>>;

function read(text: string | null): Criteria | 'unknown' {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return {};
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : 'unknown';
}

/** Which rows are asked for; null: the rule names nothing that there could be evidence for. */
function questionOf(
  model: string,
  criteria: Criteria,
  tables: Tables,
): ((row: Evidence) => boolean) | null | 'unknown' {
  const given = (name: string) =>
    criteria[name] !== undefined && criteria[name] !== null && criteria[name] !== '';
  const method = (usual: string) => ('method' in criteria ? criteria['method'] : usual);
  const byParent = (criterion: string) =>
    given(criterion) ? (row: Evidence) => String(row.parent) === String(criteria[criterion]) : null;
  const firstNamed = (rows: readonly { id: number; name: string }[], criterion: string) => {
    const first = rows.find((row) => row.name === criteria[criterion]);
    return first === undefined ? null : (row: Evidence) => row.parent === first.id;
  };
  const all = () => true;
  switch (model) {
    case 'ActivityExecution':
      if (method('parent_match') !== 'parent_match') return null;
      return byParent('value') ?? firstNamed(tables.security_activity, 'activity_name');
    case 'Campaign': {
      if (method('tag_match') === 'title_match') {
        const wanted = String(criteria['title_pattern'] ?? '').toLowerCase();
        return wanted === '' ? null : (row) => (row.name ?? '').toLowerCase().includes(wanted);
      }
      const tags = criteria['tags'];
      if (method('tag_match') !== 'tag_match' || !Array.isArray(tags)) return null;
      return (row) => tables.tagged.some((one) => one.campaign === row.parent && tags.includes(one.tag));
    }
    case 'MaintenanceLog':
      if (method('event_type_match') === 'any_completed') return all;
      if (method('event_type_match') !== 'event_type_match' || !given('event_type')) return null;
      return (row) => row.name === criteria['event_type'];
    case 'BCDRTestLog':
      if (method('any_passed') === 'any_passed') return all;
      return method('any_passed') === 'plan_match' ? byParent('plan_id') : null;
    case 'OnboardingProcess':
    case 'OffboardingProcess':
      return given('tag') ? 'unknown' : all;
    case 'SecurityAssessment':
      return byParent('supplier_id') ?? all;
    case 'UARExecution':
      if (method('any_completed') === 'any_completed') return all;
      if (method('any_completed') === 'comparison_match') return byParent('comparison_id');
      if (method('any_completed') !== 'comparison_name_match') return null;
      return firstNamed(tables.uar_comparison, 'comparison_name');
    default:
      return all;
  }
}
