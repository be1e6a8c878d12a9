import type { ComparisonEntry } from '../import/comparison-file.ts';

/* What the examples share: the first side is a CSV file that the user has, and only B's surplus is reported. */

type Sources = Pick<
  ComparisonEntry,
  'name' | 'description' | 'source_b_type' | 'source_b_config' | 'key_field_b' | 'settings'
>;

const schedule = { schedule_type: 'daily', schedule_config: { hour: 7 } } as const;
const anyCase = { trim: true, case_fold: true } as const;

/** Active people of HR, by one column of people.csv, with the accounts of a system. */
export function peopleAnd(column: string, { settings = {}, ...b }: Sources): ComparisonEntry {
  return {
    ...headOf(b),
    source_a_type: 'CSV',
    source_a_config: { path: 'people.csv' },
    key_field_a: column,
    ...b,
    settings: {
      key: anyCase,
      sides: 'right',
      ...settings,
      where: { a: [{ column: 'status', '=': 'Active' }], ...settings.where },
    },
    ...schedule,
  };
}

/** A list of what was approved, with what there is. */
export function approvedAnd(path: string, column: string, { settings = {}, ...b }: Sources): ComparisonEntry {
  return {
    ...headOf(b),
    source_a_type: 'CSV',
    source_a_config: { path },
    key_field_a: column,
    ...b,
    settings: { key: anyCase, sides: 'right', ...settings },
    ...schedule,
  };
}

/** A person reads what it is first, then A, then B. */
function headOf({ name, description }: Sources): Pick<Sources, 'name' | 'description'> {
  return { name, description };
}

/** The step about the file of HR. */
export function peopleFile(column: string): string {
  return `Write people.csv into the folder sources_dir: the export of HR with the columns ${column} and status (Active counts).`;
}

/** The step about a list of what was approved. */
export function approvedFile(path: string, column: string, what: string): string {
  return `Write ${path} into the same folder: ${what}, one a line, below the header ${column}.`;
}

/** The step about a secret: where it is set, and where it may go. */
export function secretStep(name: string, what: string, places: readonly string[]): string {
  const list = places.map((place) => JSON.stringify(place)).join(', ');
  return `Set OPSDECK_JOBS_SECRET_${name} to ${what}, or OPSDECK_JOBS_SECRET_${name}_FILE to a file with it. In the configuration file, below jobs.uar.settings:\n  "api_hosts": { "${name}": [${list}] }`;
}
