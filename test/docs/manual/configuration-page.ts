import { z } from 'zod';
import { jobs } from '../../../jobs/index.ts';
import { configFileJsonSchema } from '../../../src/config/file-schema.ts';
import { sourceVariables } from '../../../src/config/source-variables.ts';
import { allVariables } from '../../../src/config/variables.ts';
import { generated, page, table } from './markdown.ts';

const node = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.json().optional(),
  enum: z.array(z.json()).optional(),
  const: z.json().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), node).optional();
  },
  get items() {
    return node.optional();
  },
  get anyOf() {
    return z.array(node).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), node]).optional();
  },
});
type Node = z.output<typeof node>;

interface Row {
  readonly path: string;
  readonly node: Node;
}

/** docs/configuration.md: the variables of the environment, and the configuration file by its JSON Schema. */
export function configurationPage(): string {
  const schema = node.parse(configFileJsonSchema(jobs));
  const { jobs: jobsNode, ...general } = schema.properties ?? {};
  const keys = rowsOf({ ...schema, properties: general });
  const ofJobs = Object.entries(jobsNode?.properties ?? {}).map(
    ([name, job]) => [name, rowsOf(job)] as const,
  );
  // What most jobs have, and none has otherwise: a job without settings of its own has no row for them.
  const same = ofJobs[0]?.[1].filter((row) => {
    const alike = ofJobs.flatMap(([, rows]) => rows.filter(({ path }) => path === row.path));
    return (
      alike.length * 2 > ofJobs.length && alike.every((one) => JSON.stringify(one) === JSON.stringify(row))
    );
  });
  const shared = new Set(same?.map(({ path }) => path));
  return page(
    '# Configuration',
    generated,
    'The program reads the environment, then a `.env` file, then a JSON file. The first that has a value decides. `config show` prints the values that count and where each came from, with secrets masked. `config schema` prints the JSON Schema of the file.',
    'All problems are listed at once, and nothing is opened then; `config check` only lists them. A `.env` or `opsdeck-jobs.json` of the working folder must belong to root or to you, and be writable by no other user. `--env-file` or `--config` names a file that is used all the same. A file that every user may write is always refused.',
    '## Variables',
    'Each secret can be given as a file instead: `DATABASE_URL_FILE=/run/secrets/database_url`.',
    variablesTable(keys),
    '## Variables of PostgreSQL clients',
    'Without `DATABASE_URL` no `PG*` variable counts. With it, the URL alone decides the database, the user and the encryption. `PGPASSWORD`, `PGPASSFILE` (default: `~/.pgpass`) and `PGOPTIONS` count where the URL has no such value. They may be in the environment or in `.env`, and count for the database of a single job, too. All others do not count.',
    'A variable that asks for more protection than the URL is an error: `PGSSLMODE` stricter than `sslmode` (without it: `prefer`), `PGSSLROOTCERT` without `sslrootcert`, `PGCHANNELBINDING=require`, `PGGSSENCMODE=require`, `PGREQUIREAUTH`. A unix socket is never encrypted, and none of these matters there.',
    'A password file must belong to its owner alone (`chmod 600`). The program reads it for each new connection.',
    '## The configuration file',
    keyTable(keys),
    '## Every job: `jobs.NAME`',
    '`enabled` is only where a new job begins. Afterwards `enable` and `disable` decide. Only `daemon`, when it starts, and `migrate` store the schedules of the file.',
    keyTable(same ?? []),
    ...ofJobs.flatMap(([name, rows]) => [
      `## \`jobs.${name}\``,
      keyTable(rows.filter(({ path }) => !shared.has(path))),
    ]),
  );
}

function variablesTable(keys: readonly Row[]): string {
  const about = (path: readonly string[] | undefined) =>
    keys.find((row) => row.path === path?.join('.'))?.node.description ?? '';
  const rows = allVariables(jobs).map((variable) => [
    `\`${variable.name}\`${variable.secret ? ' (secret)' : ''}`,
    variable.path === undefined ? 'never' : `\`${variable.path.join('.')}\``,
    variable.about ?? about(variable.path),
  ]);
  return table(
    ['variable', 'in the file', 'meaning'],
    [
      ...rows,
      [
        '`OPSDECK_JOBS_SECRET_NAME` (secret)',
        'never',
        'The secret NAME of the API sources of access reviews.',
      ],
      [
        `\`${sourceVariables.configFile}\``,
        'never',
        'The configuration file. Default: `opsdeck-jobs.json` in the working folder, if there is one.',
      ],
      [
        `\`${sourceVariables.envFile}\``,
        'never',
        'A file of variables. Default: `.env` in the working folder, if there is one.',
      ],
    ],
  );
}

function keyTable(rows: readonly Row[]): string {
  return table(
    ['key', 'value', 'meaning'],
    rows.map((row) => [`\`${row.path}\``, kindOf(row.node), meaningOf(row.node)]),
  );
}

/** One row for each key that takes a value; the keys of objects are written with a dot. */
function rowsOf(parent: Node, prefix = ''): readonly Row[] {
  return Object.entries(parent.properties ?? {}).flatMap(([key, child]) => rowsAt(`${prefix}${key}`, child));
}

function rowsAt(path: string, child: Node): readonly Row[] {
  if (child.properties !== undefined) {
    const own = child.description === undefined ? [] : [{ path, node: { description: child.description } }];
    const below = rowsOf(child, `${path}.`);
    return below.length === 0 ? [] : [...own, ...below];
  }
  const named = child.additionalProperties;
  if (typeof named === 'object' && named.properties !== undefined)
    return [{ path, node: { description: child.description } }, ...rowsOf(named, `${path}.NAME.`)];
  return [{ path, node: child }];
}

function kindOf(one: Node): string {
  if (one.enum !== undefined) return one.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (one.anyOf !== undefined)
    return [...new Set(one.anyOf.map(kindOf))].filter((value) => value !== '').join(' or ');
  if (one.type === 'array') return `list of ${kindOf(one.items ?? {}) || 'values'}`;
  if (one.type === 'object') return 'object';
  if (one.type === 'integer' || one.type === 'number') {
    const kind = one.type === 'integer' ? 'whole number' : 'number';
    const least = one.minimum === Number.MIN_SAFE_INTEGER ? undefined : one.minimum;
    const most = one.maximum === Number.MAX_SAFE_INTEGER ? undefined : one.maximum;
    if (least !== undefined && most !== undefined) return `${kind}, ${least} to ${most}`;
    return least === undefined ? kind : `${kind}, ${least} or more`;
  }
  return [one.type ?? []]
    .flat()
    .map((type) => (type === 'string' ? 'text' : type))
    .join(' or ');
}

function meaningOf(one: Node): string {
  const { description = '', default: value } = one;
  if (value === undefined || value === null || description.includes('Default:')) return description;
  return `${description} Default: \`${JSON.stringify(value)}\`.`.trim();
}
