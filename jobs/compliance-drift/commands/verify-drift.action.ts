import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { verify } from '../../../src/cli/runs/verify.ts';
import type { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import {
  type ChainFinding,
  type ChainProblem,
  type ChainVerification,
  verifyDriftChain,
} from '../verify-chain.ts';
import type { verifyDrift as verifyDriftDeclaration } from './verify-drift.ts';

type VerifyDriftOptions = OptionsOf<typeof verifyDriftDeclaration>;

/** `verify drift`: recomputes the hash chain of the snapshots. Exit code 4 when it does not hold. */
export function verifyDrift(io: Io, globals: GlobalOptions, options: VerifyDriftOptions): Promise<ExitCode> {
  return verify(io, globals, options, async ({ database }) => {
    const verification = await verifyDriftChain(database.db);
    return {
      ok: verification.findings.length === 0,
      document: driftDocument(verification),
      report: driftChainReport(verification),
    };
  });
}

export function driftDocument({ snapshots, removed, changesRemoved, textOnly, findings }: ChainVerification) {
  return {
    ok: findings.length === 0,
    snapshots,
    removed_by_retention: removed,
    changes_removed_by_retention: changesRemoved,
    text_only: textOnly,
    findings: findings.map((one) => ({
      snapshot_id: one.auditId,
      taken_at: one.takenAt?.toISOString() ?? null,
      problem: one.problem,
    })),
  };
}

export function driftChainReport({
  snapshots,
  removed,
  changesRemoved,
  textOnly,
  findings,
  firstBroken,
}: ChainVerification): Report {
  if (firstBroken === null) {
    const archived =
      removed === 0
        ? ''
        : ` ${removed} of them ${removed === 1 ? 'was' : 'were'} archived and removed by data-retention; \`verify archives\` checks the archives.`;
    const changes =
      changesRemoved === 0
        ? ''
        : ` ${count(changesRemoved, 'recorded change was', 'recorded changes were')} removed by data-retention; their hashes in its manifests fit the chain.`;
    const older =
      textOnly === 0
        ? ''
        : ` ${textOnly} of them ${textOnly === 1 ? 'is' : 'are'} of an earlier version, whose chain covers the text alone.`;
    const text =
      snapshots === 0
        ? "There is no snapshot yet, so there is nothing to verify: 'opsdeck-jobs run-job compliance-drift' takes one."
        : `${snapshots === 1 ? '1 snapshot is' : `All ${snapshots} snapshots are`} unchanged: every stored text, time, count, recorded change and link of the chain is as it was written.${older}${archived}${changes}`;
    return [{ kind: 'line', text, tone: snapshots === 0 ? 'notice' : 'good' }];
  }
  return [
    {
      kind: 'line',
      tone: 'bad',
      text: `The chain of ${count(snapshots, 'snapshot')} does not hold; the first problem is at snapshot ${firstBroken.auditId}.`,
    },
    {
      kind: 'table',
      columns: ['snapshot', 'taken', 'problem'],
      rows: findings.map((one) => [
        String(one.auditId),
        takenAt(one),
        { text: sentences[one.problem], tone: 'bad' },
      ]),
    },
    {
      kind: 'line',
      text: 'A changed snapshot is not compared with any more. Check who can write to compliance_audit and to the schema opsdeck_jobs, and keep a backup as evidence.',
    },
  ];
}

function takenAt({ takenAt: instant }: ChainFinding): string {
  return instant === null ? 'not known' : instant.toISOString();
}

const sentences: Readonly<Record<ChainProblem, string>> = {
  deleted: 'row deleted: its row in compliance_audit is missing',
  altered: 'content altered: its row in compliance_audit is not what was written',
  header_altered:
    'header altered: its name, status, date or another column of its row in compliance_audit was changed',
  frameworks_altered: 'counts altered: the counts of its frameworks are not what was written',
  events_altered: 'changes altered: a change that it recorded was removed, added or rewritten',
  link_altered: 'link altered: its time, run, evaluator version or a hash was changed',
  broken_link:
    'chain broken: it does not follow the snapshot before it; a link was removed, inserted or rewritten',
  not_in_chain: 'not in the chain: a row in compliance_audit that claims to be a snapshot, without a link',
  missing: 'missing: the record of a run names it, and it is not in the chain',
  other_hash: 'rewritten: the record of its run has another hash of it',
  run_missing: 'no run: the record of the run that took it is missing',
};
