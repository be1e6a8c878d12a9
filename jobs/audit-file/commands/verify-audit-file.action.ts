import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { loadConfiguration } from '../../../src/cli/load-configuration.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withConfiguration } from '../../../src/cli/session.ts';
import { pgDataOf } from '../../../src/db/embedded/data-folder.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Report } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { type AuditFinding, type CheckedFile, checkFile } from '../zip/check.ts';
import { compareWithDatabase, type RecordedFile } from '../zip/recorded.sql.ts';
import type { verifyAuditFile as declaration } from './verify-audit-file.ts';

/** `database`: null where it was not compared, and then `why`. */
type Compared =
  | {
      readonly database: string;
      readonly recorded: RecordedFile | null;
      readonly findings: readonly AuditFinding[];
    }
  | { readonly database: null; readonly why: string; readonly findings: readonly [] };

/** `verify audit-file FILE`: exit code 4 when it is not as it was made. Without a database the file alone is checked, and the output names that. */
export async function verifyAuditFile(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: OptionsOf<typeof declaration>,
): Promise<ExitCode> {
  const json = options.json === true;
  const path = resolve(io.cwd, file);
  await requireFile(path, file);
  const checked = await checkFile(path);
  const compared = await compare(io, globals, checked);
  const findings = [...checked.findings, ...compared.findings];
  if (json) writeJson(io, document(file, checked, compared, findings));
  else printReport(io, report(file, checked, compared, findings));
  return findings.length === 0 ? ExitCode.ok : ExitCode.found;
}

/** @throws OperatorError `usage`, exit 2. */
async function requireFile(path: string, typed: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() === true) return;
  throw usage(
    stats === undefined ? `There is no file ${typed}, or it cannot be read.` : `${typed} is not a file.`,
    "Give the auditor's file: verify audit-file FILE.zip.",
  );
}

async function compare(io: Io, globals: GlobalOptions, checked: CheckedFile): Promise<Compared> {
  const without = (why: string): Compared => ({ database: null, why, findings: [] });
  if (checked.manifest === null) return without('it has no manifest.');
  let compared: Compared | undefined;
  try {
    const configuration = await loadConfiguration(io, globals);
    const { database: place } = configuration.config;
    // An auditor has none, and gets none by checking a file.
    if (io.held === undefined && place.kind === 'embedded' && !existsSync(pgDataOf(place.dataDir)))
      return without(`there is none in ${place.dataDir}.`);
    await withConfiguration(io, globals, configuration, { quiet: true }, async ({ database }) => {
      compared = { database: database.label, ...(await compareWithDatabase(database.db, checked)) };
      return ExitCode.ok;
    });
  } catch (error) {
    if (!(error instanceof OperatorError) || io.stop.aborted) throw error;
    return without(error.message);
  }
  return compared ?? without('another process has it.');
}

function document(
  file: string,
  { manifest, sha256, unchanged }: CheckedFile,
  compared: Compared,
  findings: readonly AuditFinding[],
) {
  return {
    file,
    ok: findings.length === 0,
    listed: manifest?.files.size ?? 0,
    unchanged,
    manifest_sha256: sha256,
    record_head: manifest?.head ?? null,
    database: compared.database,
    not_compared_because: compared.database === null ? compared.why : null,
    recorded: compared.database === null || compared.recorded === null ? null : { ...compared.recorded },
    findings: findings.map((one) => ({ ...one })),
  };
}

/** How many findings a terminal lists; JSON has all. */
const listed = 200;

function report(
  file: string,
  { manifest, sha256, unchanged }: CheckedFile,
  compared: Compared,
  findings: readonly AuditFinding[],
): Report {
  const line = (text: string, tone?: 'good' | 'bad' | 'notice') =>
    ({ kind: 'line', text, ...(tone === undefined ? {} : { tone }) }) as const;
  return [
    findings.length === 0
      ? line(`${file} is as it was made: ${count(unchanged, 'file')} unchanged.`, 'good')
      : line(
          `${file} is not as it was made: ${count(findings.length, 'finding')}; ${unchanged} of ${count(manifest?.files.size ?? 0, 'listed file')} unchanged.`,
          'bad',
        ),
    ...(findings.length === 0
      ? []
      : [
          {
            kind: 'table' as const,
            columns: ['file', 'problem', 'what'],
            rows: findings
              .slice(0, listed)
              .map(({ path, problem, detail }) => [
                path ?? file,
                { text: problem.replaceAll('_', ' '), tone: 'bad' as const },
                detail,
              ]),
          },
        ]),
    ...(findings.length > listed ? [line(`The first ${listed} of ${findings.length}; --json has all.`)] : []),
    ...(manifest === null
      ? []
      : [
          line(
            `Period ${manifest.facts.get('period') ?? 'not known'}; made ${manifest.facts.get('made') ?? 'at a time that is not known'}.`,
          ),
        ]),
    ...(sha256 === null ? [] : [line(`MANIFEST.txt: sha256 ${sha256}`)]),
    compared.database === null
      ? line(`Not compared with a database: ${compared.why}`, 'notice')
      : compared.recorded === null
        ? line(`Compared with ${compared.database}.`)
        : line(
            `Compared with ${compared.database}: made ${compared.recorded.at} by ${compared.recorded.by}.`,
            'good',
          ),
  ];
}
