import { type RawBuilder, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import {
  characters,
  optionalEmail,
  optionalText,
  quoted,
  requiredDate,
  requiredText,
} from '../../../src/import/cells.ts';
import { type CsvKindOptions, column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { findProblems, type ProblemRow, repeatedRows } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';
import { nearest } from '../../../src/text/suggest.ts';
import { startOfDate } from '../../../src/time/local-time.ts';
import { isDone, withWords } from '../rules/evidence-words.ts';
import { type EvidenceTable, type EvidenceTableName, evidenceTables } from './evidence-tables.sql.ts';
import { configuredWords } from './configured-words.ts';
import { createParents, writeEvidence, writeTags } from './write-evidence.sql.ts';

const tables = Object.entries<EvidenceTable>(evidenceTables);
const kinds = tables.map(([kind]) => kind);

/** `notes` of OpsDeck has no limit; a reference is a ticket or a document. */
const longestReference = 512;
const longestTag = 50;

function isKind(text: string): text is EvidenceTableName {
  return Object.hasOwn(evidenceTables, text);
}

const kind = z.string().transform((text, context): EvidenceTableName => {
  const word = text.toLowerCase().replace(/[\s-]+/g, '_');
  if (isKind(word)) return word;
  const near = nearest(word, kinds);
  const hint = near === undefined ? `known are ${kinds.join(', ')}` : `did you mean ${near}?`;
  context.issues.push({ code: 'custom', message: `is ${quoted(text)}: ${hint}`, input: text });
  return z.NEVER;
});

const cells = z.object({
  kind: column('text', kind, kinds.join(', ')),
  name: column(
    'text',
    requiredText(255),
    'the campaign, type of maintenance, recovery plan, new person, person who left (address), supplier or risk assessment',
  ),
  performed: column('date', requiredDate, 'YYYY-MM-DD, not in the future'),
  status: column('text', requiredText(50), 'completed, passed, failed or another word of the lists'),
  who: column('text', optionalEmail, 'who performed it: a user that exists (import users first)'),
  reference: column('text', optionalText(longestReference), 'where it is described, such as a ticket'),
  tags: column('text', optionalText(1000), 'of a campaign, by which rules find it; with commas between them'),
});

type Row = z.output<typeof cells>;

/** What is wrong with a row, by column. */
function problemsOf(
  { kind, name, performed, status, tags }: Row,
  { today, settings }: CsvKindOptions,
): ReadonlyArray<readonly [column: string, message: string]> {
  const { model, longest }: EvidenceTable = evidenceTables[kind];
  const tooLong = (text: string, most: number) =>
    `has ${characters(text)} characters, ${most} are allowed for ${kind}`;
  const found: [string, string][] = [];
  if (characters(name) > longest.name) found.push(['name', tooLong(name, longest.name)]);
  if (characters(status) > longest.status) found.push(['status', tooLong(status, longest.status)]);
  if (today !== undefined && performed > today && !Number.isNaN(Date.parse(performed)))
    found.push(['performed', `is ${performed}, which is in the future`]);
  if (isDone(withWords(configuredWords(settings))[model], status) === null)
    found.push([
      'status',
      `is ${quoted(status)}, which is on neither list of words for ${kind}: write one such as completed or failed, or add it to jobs.compliance-drift.settings.evidence_words`,
    ]);
  if (tags !== null && kind !== 'campaign') found.push(['tags', 'are for campaigns only']);
  if (tags?.split(',').some((tag) => characters(tag.trim()) > longestTag) === true)
    found.push(['tags', `have one of more than ${longestTag} characters`]);
  return found;
}

/** Evidence that OpsDeck records on its pages: rows of its tables, by kind, name and day. */
export const evidence = defineCsvKind({
  name: 'evidence',
  ownDatabase: {
    what: 'evidence',
    pages: [
      ...(['/campaigns', '/maintenance', '/compliance/bcdr', '/onboarding'] as const),
      ...['/suppliers', '/risk-assessments'],
    ],
  },
  cells: () => cells,
  computed: { performed_at: 'timestamptz', done: 'boolean' },
  row: (cells, options) =>
    cells
      .check(({ value, issues }) => {
        for (const [name, message] of problemsOf(value, options))
          issues.push({ code: 'custom', message, path: [name], input: value });
      })
      .transform((row) => {
        const { model } = evidenceTables[row.kind];
        return {
          ...row,
          performed_at: startOfDate(row.performed, options.zone).toISOString(),
          done: isDone(withWords(configuredWords(options.settings))[model], row.status),
        };
      }),

  problems: (trx) =>
    findProblems(
      trx,
      sql`
        ${repeatedRows(sql`name`, sql`kind, name, performed`)}
        union all
        select s.line, case when count(u.id) = 0 then 'no_user' else 'users' end, s.who, count(u.id)::text
          from ${staged} s left join "user" u on lower(u.email) = lower(s.who)
         where s.who is not null
         group by s.line, s.who having count(u.id) <> 1
        ${sql.join(tables.map(parentProblems), sql``)}`,
      sentence,
    ),

  async write(trx, stamp) {
    const { rows } = await sql<{ kind: string }>`select distinct kind from ${staged}`.execute(trx);
    const present = new Set(rows.map((row) => row.kind));
    const total = { added: 0, changed: 0 };
    const notes: string[] = [];
    for (const [kind, table] of tables) {
      if (!present.has(kind)) continue;
      notes.push(...(await withParents(trx, kind, table, stamp)));
      const { added, changed } = await writeEvidence(trx, kind, table, stamp);
      const tagged =
        kind === 'campaign' && stamp.columns.has('tags') ? await writeTags(trx, table, stamp) : [];
      const isAdded = new Set(added);
      total.added += added.length;
      total.changed += new Set([...changed, ...tagged.filter((id) => !isAdded.has(id))]).size;
    }
    return { ...total, notes };
  },
});

async function withParents(
  trx: Transaction<Database>,
  kind: string,
  table: EvidenceTable,
  stamp: Parameters<typeof createParents>[3],
): Promise<readonly string[]> {
  const names = await createParents(trx, kind, table, stamp);
  const { one = '', many = '' } = table.parent ?? {};
  const shown = names.slice(0, mostNames).map((name) => `'${name}'`);
  if (names.length === 0) return [];
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return [`Also added: ${names.length === 1 ? one : many} ${shown.join(', ')}${more}.`];
}

/** How many new names a sentence has. */
const mostNames = 10;

/** Names of what is there several times, or is there not and is not created; two rows about the same one on a day. */
function parentProblems([kind, { parent }]: readonly [string, EvidenceTable]): RawBuilder<unknown> {
  if (parent === undefined) return sql``;
  const joined = sql`${staged} s left join ${sql.table(parent.table)} p on ${parent.match}`;
  const missing = parent.create === undefined ? sql`count(p.id) <> 1` : sql`count(p.id) > 1`;
  return sql`
    union all
    select s.line, case when count(p.id) = 0 then 'no_person' else 'several' end, s.name, ${sql.lit(parent.many)} || ' ' || count(p.id)
      from ${joined} where s.kind = ${sql.lit(kind)} group by s.line, s.name having ${missing}
    union all
    select s.line, 'repeated', s.name, s.first_line::text
      from (select s.line, s.name, min(s.line) over w as first_line, min(s.name) over w <> max(s.name) over w as differs
              from ${joined} where s.kind = ${sql.lit(kind)} and p.id is not null
            window w as (partition by p.id, s.performed)) s
     where s.differs and s.line > s.first_line`;
}

function sentence({ problem, subject, detail }: ProblemRow): string {
  switch (problem) {
    case 'repeated':
      return `${quoted(subject)} on this day is already in line ${detail}`;
    case 'no_user':
      return `who ${quoted(subject)} belongs to no user`;
    case 'users':
      return `the database has ${detail} users with the e-mail ${quoted(subject)} in different letter case: keep one of them`;
    case 'no_person':
      return `name ${quoted(subject)} is neither the address nor the name of a user (import users first)`;
    default: {
      const [, many = '', count = ''] = /^(.*) (\d+)$/.exec(detail) ?? [];
      return many === 'people'
        ? `name ${quoted(subject)} is that of ${count} users: give the address`
        : `the database has ${count} ${many} named ${quoted(subject)}: keep one of them`;
    }
  }
}
