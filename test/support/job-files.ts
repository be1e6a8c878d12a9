import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';

/** The text of a file with a job of a user's; `changes` are properties in JavaScript, such as `schedule: '@hourly'`. */
export function jobText(name: string, changes: Readonly<Record<string, string>> = {}): string {
  const properties = {
    name: JSON.stringify(name),
    description: "'Counts the people'",
    schedule: "'30 6 * * *'",
    misfire: "'latest'",
    timeout: "'5m'",
    requires: "{ user: ['id'] }",
    params: 'z.strictObject({ least: z.coerce.number().int().default(0) })',
    settings: "z.strictObject({ greeting: z.string().default('hello') })",
    run: `async ({ db, params, settings }) => {
      const { rows } = await sql\`select count(*)::int as people from "user"\`.execute(db);
      if (rows[0].people < params.least) throw new Error('too few people');
      return { people: rows[0].people, greeting: settings.greeting };
    }`,
    present: '(result) => [{ kind: "line", text: [result.greeting, result.people, "people"].join(" ") }]',
    ...changes,
  };
  const written = Object.entries(properties).map(([key, value]) => `  ${key}: ${value},`);
  return `import { defineJob, sql, z } from 'opsdeck-jobs';\nexport default defineJob({\n${written.join('\n')}\n});\n`;
}

/** A folder with files of jobs, whose rights are right whatever the umask; removed after the test. */
export function jobsFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(inject('scratch'), 'jobs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files)) writeJobFile(folder, name, text);
  return folder;
}

export function writeJobFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o755 });
  writeFileSync(path, text);
  chmodSync(path, 0o644);
  return path;
}

/** A working folder whose configuration file names folders of jobs. */
export function workingFolder(config: Readonly<Record<string, unknown>>): string {
  return jobsFolder({ 'opsdeck-jobs.json': JSON.stringify(config) });
}
