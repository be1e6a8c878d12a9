import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { describe, expect, it } from 'vitest';
import { onEmbedded, onPostgres } from '../support/databases.ts';
import { workingFolder } from '../support/job-files.ts';
import { visit } from '../support/program-database.ts';
import { terminalOn } from '../support/served-database.ts';

/** Runs the file as psql does, on one connection. */
async function load(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set timezone = 'UTC'");
    const parts = text.replace(/^\\set .*$/m, '').split(/^(copy .* from stdin;)\n([\s\S]*?)^\\\.\n/m);
    for (let at = 0; at < parts.length; at += 3) {
      await client.query(parts[at] ?? '');
      const copy = parts[at + 1]?.replace(/;$/, '');
      if (copy !== undefined)
        await pipeline(Readable.from([parts[at + 2] ?? '']), client.query(copyFrom(copy)));
    }
  } finally {
    await client.end();
  }
}

describe('backup --sql', () => {
  onEmbedded((embedded) =>
    onPostgres((harness) => {
      it('moves the data to a database that migrate has made, once', async () => {
        const from = await embedded.config();
        const to = await harness.config();
        if (from?.kind !== 'embedded' || to.kind !== 'postgres') throw new Error('one of each was expected');
        const names = ['plain', 'tab\tnew\nline\\back\r', '', '\\N', 'ñandú'];
        await visit(from, async ({ db }) => {
          for (const name of names)
            await db
              .insertInto('tag')
              .values({ name, is_archived: name === '' })
              .execute();
        });
        const cwd = workingFolder({});
        expect(await terminalOn(from, cwd).run(['backup', '--sql', 'data.sql'])).toMatchObject({ code: 0 });
        const text = await readFile(join(cwd, 'data.sql'), 'utf8');
        await load(to.url, text);
        await visit(to, async ({ db }) => {
          const rows = await db.selectFrom('tag').select(['name', 'is_archived']).orderBy('id').execute();
          expect(rows).toEqual(names.map((name) => ({ name, is_archived: name === '' })));
          await db.insertInto('tag').values({ name: 'next', is_archived: false }).execute();
        });
        await visit(to, (_database, runSql) =>
          runSql(
            `insert into "user" (name, email, is_archived, hide_from_org_chart) values ('A', 'a@example.org', false, false)`,
          ),
        );
        await expect(load(to.url, text)).rejects.toThrow('this database has data');
      });

      it('is refused by a database that is none of these', async () => {
        const from = await embedded.config();
        if (from?.kind !== 'embedded') throw new Error('an embedded database was expected');
        const cwd = workingFolder({});
        expect(await terminalOn(from, cwd).run(['backup', '--sql', 'data.sql'])).toMatchObject({ code: 0 });
        const text = await readFile(join(cwd, 'data.sql'), 'utf8');
        for (const [template, reason] of [
          ['empty', 'this database has no tables of opsdeck-jobs'],
          ['attached', 'the tables of this database belong to a running OpsDeck'],
        ] as const) {
          const to = await harness.config(template);
          await expect(load(to.kind === 'postgres' ? to.url : '', text)).rejects.toThrow(reason);
        }
      });
    }),
  );
});
