import { resolve } from 'node:path';
import { z } from 'zod';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { verify } from '../../../src/cli/runs/verify.ts';
import type { Config } from '../../../src/config/config.ts';
import type { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { type ArchiveVerification, verifyArchives } from '../records/verify-archives.ts';
import type { verifyArchives as verifyArchivesDeclaration } from './verify-archives.ts';

/** As typed. */
type VerifyArchivesOptions = OptionsOf<typeof verifyArchivesDeclaration>;

const withFolder = z.object({ archive_dir: z.string().optional() });

export function archiveDirOf({ jobs }: Pick<Config, 'jobs'>): string | undefined {
  return withFolder.safeParse(jobs['data-retention']?.settings).data?.archive_dir;
}

/** `verify archives`: reads every archive to its end and holds it against its manifest. Exit code 4 when something is wrong. */
export function verifyArchiveFiles(
  io: Io,
  globals: GlobalOptions,
  options: VerifyArchivesOptions,
): Promise<ExitCode> {
  return verify(io, globals, options, async ({ database, config }) => {
    const verification = await verifyArchives(database.db, {
      folder: options.folder === undefined ? undefined : resolve(io.cwd, options.folder),
      archiveDir: archiveDirOf(config),
    });
    return {
      ok: verification.findings.length === 0,
      document: archivesDocument(verification),
      report: archivesReport(verification),
    };
  });
}

export function archivesDocument({ archives, rows, leftovers, foreign, findings }: ArchiveVerification) {
  return {
    ok: findings.length === 0,
    archives,
    rows,
    leftovers,
    foreign_files: foreign,
    findings: findings.map((one) => ({ ...one })),
  };
}

export function archivesReport({
  archives,
  rows,
  findings,
  leftovers,
  foreign,
}: ArchiveVerification): Report {
  const left: Report = [
    ...foreign.map((path) => ({
      kind: 'line' as const,
      tone: 'notice' as const,
      text: `No manifest names ${path}, and its run is not known here: it was written after the dump that this database was restored from, or by another database.`,
    })),
    ...leftoverLines(leftovers),
  ];
  if (findings.length === 0) {
    const text =
      archives === 0
        ? 'There is no archive yet, so there is nothing to verify.'
        : `${archives === 1 ? '1 archive' : `All ${archives} archives`} with ${count(rows, 'row')}: every manifest, its link and every row is as it was written.`;
    return [{ kind: 'line', text, tone: archives === 0 ? 'notice' : 'good' }, ...left];
  }
  return [
    {
      kind: 'line',
      tone: 'bad',
      text: `${count(findings.length, 'problem')} in ${archives} archives.`,
    },
    {
      kind: 'table',
      columns: ['archive', 'problem', 'what'],
      rows: findings.map(({ archive, problem, detail }) => [
        archive === null ? '' : String(archive),
        { text: problem.replaceAll('_', ' '), tone: 'bad' },
        detail,
      ]),
    },
    ...left,
  ];
}

function leftoverLines(leftovers: number): Report {
  if (leftovers === 0) return [];
  const text = `${count(leftovers, 'file was', 'files were')} left by a run that was interrupted; the next run removes them, and their rows are in the table.`;
  return [{ kind: 'line', text }];
}
