import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeOutputFile } from '../../../src/cli/output-file.ts';
import { verify } from '../../../src/cli/runs/verify.ts';
import type { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Report } from '../../../src/job/report.ts';
import { partsOf } from '../../../src/record/parts.ts';
import type { StoredTimestamp } from '../../../src/record/timestamp/stored-timestamps.ts';
import { type RecordVerification, verifyHeads } from '../../../src/record/verify-heads.ts';
import { count } from '../../../src/text/count.ts';
import { driftChainReport, driftDocument } from '../../compliance-drift/commands/verify-drift.action.ts';
import { verifyDriftChain } from '../../compliance-drift/verify-chain.ts';
import {
  archiveDirOf,
  archivesDocument,
  archivesReport,
} from '../../data-retention/commands/verify-archives.action.ts';
import { verifyArchives } from '../../data-retention/records/verify-archives.ts';
import type { verifyRecord } from './verify-record.ts';

type VerifyOptions = OptionsOf<typeof verifyRecord>;

/** `verify`: every chain and every head, up to one that was kept. Exit code 4 when something was changed. */
export async function verifyAll(io: Io, globals: GlobalOptions, options: VerifyOptions): Promise<ExitCode> {
  const head = readHead(options.head);
  return verify(io, globals, options, async ({ database, config, jobs }) => {
    const record = await verifyHeads(database.db, partsOf(jobs), head);
    const drift = await verifyDriftChain(database.db);
    const archives = await verifyArchives(database.db, {
      folder: undefined,
      archiveDir: archiveDirOf(config),
    });
    if (options.timestamp !== undefined) await writeTimestamp(io, options.timestamp, record.timestamp);
    const ok = [record, drift, archives].every(({ findings }) => findings.length === 0);
    return {
      ok,
      document: {
        ok,
        record: recordDocument(record),
        drift: driftDocument(drift),
        archives: archivesDocument(archives),
      },
      report: [
        ...recordReport(record, head),
        ...timestampReport(record, options.timestamp),
        ...driftChainReport(drift),
        ...archivesReport(archives),
      ],
    };
  });
}

/** @throws OperatorError `invalid_head`, exit 2. */
function readHead(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const hash = text
    .trim()
    .toLowerCase()
    .replace(/^sha256[ :]*/, '');
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  throw usage(
    `'${text}' is no record head.`,
    'Give the 64 hexadecimal digits that stand after sha256 in the mail or in the log.',
    'invalid_head',
  );
}

function recordDocument(verification: RecordVerification) {
  const { heads, head, rows, removed, erased, timestamps, timestamp, findings } = verification;
  return {
    ok: findings.length === 0,
    heads,
    head: head === null ? null : { ...head },
    rows,
    removed_by_retention: removed,
    erased,
    timestamps,
    timestamp:
      timestamp === null
        ? null
        : {
            day: timestamp.day,
            hash: timestamp.hash,
            at: timestamp.stampedAt.toISOString(),
            url: timestamp.url,
          },
    findings: findings.map((one) => ({ ...one })),
  };
}

/** @throws OperatorError `no_timestamp`, exit 2, and for a file that cannot be written. */
async function writeTimestamp(io: Io, file: string, timestamp: StoredTimestamp | null): Promise<void> {
  if (timestamp === null) {
    throw usage(
      'No record head that was checked has a time stamp.',
      'Set timestamp_url: the first run of each day then asks for one.',
      'no_timestamp',
    );
  }
  async function* whole(response: Buffer) {
    yield response;
  }
  await writeOutputFile(io.cwd, file, whole(Buffer.from(timestamp.response)), {
    option: '--timestamp',
    mode: 0o600,
  });
}

function timestampReport({ timestamp }: RecordVerification, file: string | undefined): Report {
  if (timestamp === null) return [];
  const { day, hash, stampedAt, url } = timestamp;
  const stamp: Report = [
    {
      kind: 'line',
      text: `The head of ${day} has the time stamp ${stampedAt.toISOString()} of ${new URL(url).host}.`,
    },
  ];
  if (file === undefined) return stamp;
  return [
    ...stamp,
    { kind: 'line', text: 'To check it with the certificate of that service:' },
    { kind: 'code', lines: [`openssl ts -verify -digest ${hash} -in ${file} -CAfile CERTIFICATE.pem`] },
  ];
}

function recordReport(verification: RecordVerification, wanted: string | undefined): Report {
  const { heads, head, rows, removed, erased, findings } = verification;
  if (findings.length > 0) {
    const upTo = head === null ? '' : ` up to the head of ${head.day}`;
    return [
      {
        kind: 'line',
        tone: 'bad',
        text: `The record${upTo} was changed: ${count(findings.length, 'difference')}.`,
      },
      {
        kind: 'table',
        columns: ['head', 'problem', 'what'],
        rows: findings.map(({ day, problem, detail }) => [
          day ?? 'not known',
          { text: problem.replaceAll('_', ' '), tone: 'bad' },
          detail,
        ]),
      },
    ];
  }
  if (head === null) {
    return [
      {
        kind: 'line',
        tone: 'notice',
        text: 'There is no record head yet: the first run of each day takes one.',
      },
    ];
  }
  const without =
    removed + erased === 0
      ? ''
      : ` Of the rows, ${removed} were removed by data-retention, and ${erased} no longer identify a person.`;
  const kept =
    wanted === undefined
      ? ' Only a head that somebody else keeps proves that the heads themselves were not rewritten: `verify --head HASH`.'
      : '';
  return [
    {
      kind: 'line',
      tone: 'good',
      text: `The record up to the head of ${head.day} is unchanged: ${count(heads, 'head')}, and ${count(rows, 'row')} of decisions and reviews.${without}${kept}`,
    },
    { kind: 'line', text: `sha256 ${head.hash}` },
  ];
}
