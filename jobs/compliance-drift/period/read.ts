import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { addDays, type Day, dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import type { Attestation } from '../controls/attestation.ts';
import { type EvidenceDetail, evidenceDetails, evidenceKey } from '../controls/evidence-details.sql.ts';
import { readAttestations } from '../controls/explain-control.ts';
import type { CatalogControl } from '../controls/find-control.ts';
import { type FollowUps, readFollowUps } from '../controls/follow-ups.ts';
import { type PeriodSnapshot, type RecordedDays, type RecordedStatus, recordedDays } from './days.ts';
import {
  type EvidenceRow,
  type EvidenceScope,
  type PeriodRule,
  questionKey,
  readEvidence,
  readRules,
} from './evidence.sql.ts';
import { grouped } from './grouped.ts';
import { type LimitChange, limitOn, limitsOf, type Observation, type RuleLimit } from './limits.ts';
import { controlStatuses } from '../status.ts';
import { type Occurrence, occurrencesOf } from './occurrences.ts';
import { type RemovedRule, removedRules } from './removed-rules.ts';
import {
  type EdgeState,
  type Instants,
  type PeriodChange,
  readEdges,
  readPeriodChanges,
  readSnapshots,
} from './recorded.sql.ts';

/** The period of a test, its days in the business zone; `last` is not after `today`. */
export interface PeriodScope extends Omit<EvidenceScope, 'controls'>, Instants {}

export interface TestedEvidence extends EvidenceRow {
  /** undefined: it was deleted meanwhile. */
  readonly detail: EvidenceDetail | undefined;
  /** Recorded more than 30 days after it was performed; null: when it was recorded is not known. */
  readonly recordedLater: boolean | null;
}

/** A rule, with what was expected of it and what was performed. */
export interface RulePeriod {
  readonly rule: PeriodRule;
  /** From here on the rule is tested: the period begins, or the rule or the control was there. */
  readonly testedFrom: Day;
  readonly occurrences: readonly Occurrence<TestedEvidence>[];
  /** In the period, with a status that does not count. */
  readonly notCounted: readonly TestedEvidence[];
  /** The first that counts after the period; null: none. */
  readonly after: EvidenceRow | null;
  readonly limitChanges: readonly LimitChange[];
  /** No snapshot has its limit, so the present one is used for the whole period. */
  readonly limitAssumed: boolean;
}

/** Everything that an auditor's test of a control looks at. */
export interface ControlPeriod {
  readonly control: CatalogControl;
  readonly rules: readonly RulePeriod[];
  /** Those that were there in the period and are not any more. */
  readonly removedRules: readonly RemovedRule[];
  readonly recorded: RecordedDays;
  /** Up to the first change of the period. */
  readonly initial: RecordedStatus;
  readonly changes: readonly PeriodChange[];
  readonly snapshots: readonly PeriodSnapshot[];
  /** A snapshot that the limits would have been read from is not what was stored. */
  readonly altered: boolean;
  readonly attestations: readonly Attestation[];
  readonly followUps: FollowUps;
}

/** What was recorded longer after it was performed is marked. */
const mostDaysToRecord = 30;

/** Nine statements, whatever the number of controls. */
export async function readControlPeriods(
  db: Kysely<Database>,
  controls: readonly CatalogControl[],
  period: PeriodScope,
): Promise<readonly ControlPeriod[]> {
  const ids = controls.map(({ id }) => id);
  const frameworks = [...new Set(controls.map(({ framework_id: id }) => id))];
  const scope: EvidenceScope = { ...period, controls: ids };
  const rules = await readRules(db, scope);
  const evidence = await readEvidence(db, scope);
  const inPeriod = ({ day }: EvidenceRow) => day >= period.first && day <= period.last;
  const details = await evidenceDetails(
    db,
    period.zones,
    rules.flatMap((rule) =>
      (evidence.get(questionKey(rule)) ?? []).filter(inPeriod).map(({ id }) => ({ model: rule.model, id })),
    ),
  );
  const tested = (rule: PeriodRule) => (row: EvidenceRow) =>
    withDetail(row, details.get(evidenceKey({ model: rule.model, id: row.id })), period.zones.business);
  const snapshots = await readSnapshots(db, frameworks, period);
  const edges = await readEdges(db, { frameworks, controls: ids }, period);
  const changes = await readPeriodChanges(db, ids, period);
  const attestations = await readAttestations(db, period.today, ids);
  const followUps = await readFollowUps(db, { today: period.today, controls: ids });
  // Of a snapshot that is not read there is no control.
  const edgesOf = grouped(
    edges.flatMap((one) => (one.control === null ? [] : [{ control: one.control, edge: one }])),
    ({ control, edge }) => [control, edge],
  );
  const alteredOf = new Set(edges.filter((one) => one.altered).map(({ framework }) => framework));
  const rulesOf = grouped(rules, (one) => [one.control, one]);
  const actionsOf = grouped(followUps.actions, (one) => [one.control_pk, one]);
  const acceptancesOf = grouped(followUps.acceptances, (one) => [one.control_pk, one]);
  return controls.map((control) => {
    const own = edgesOf.get(control.id) ?? [];
    const altered = alteredOf.has(control.framework_id);
    const taken = snapshots.get(control.framework_id) ?? [];
    const found = changes.get(control.id) ?? [];
    const initial = initialStatus(control, own, found, { altered, taken: taken.length > 0 });
    const recorded = recordedDays(
      { ...period, zone: period.zones.business },
      taken,
      initial,
      new Map(found.filter(isStatus).map((one) => [one.snapshotId, statusOf(one.to)])),
    );
    const present = rulesOf.get(control.id) ?? [];
    return {
      control,
      rules: present.map((rule) => {
        const rows = evidence.get(questionKey(rule)) ?? [];
        return rulePeriod(rule, { rows, edges: own, changes: found, recorded, period, tested: tested(rule) });
      }),
      removedRules: removedRules(
        new Set(present.map(({ id }) => id)),
        { edges: own, changes: found },
        period.zones.business,
      ),
      recorded,
      initial,
      changes: found,
      snapshots: taken,
      altered,
      attestations: ofPeriod(attestations.get(control.id) ?? [], period),
      followUps: {
        actions: (actionsOf.get(control.id) ?? []).filter(
          (one) => one.at <= period.to && (one.done === null || one.done.at >= period.from),
        ),
        acceptances: (acceptancesOf.get(control.id) ?? []).filter(
          (one) => one.at <= period.to && one.until >= period.first,
        ),
      },
    };
  });
}

interface RuleFacts {
  /** Oldest first, with the newest before the period and the first after it. */
  readonly rows: readonly EvidenceRow[];
  readonly edges: readonly EdgeState[];
  readonly changes: readonly PeriodChange[];
  readonly recorded: RecordedDays;
  readonly period: PeriodScope;
  readonly tested: (row: EvidenceRow) => TestedEvidence;
}

function rulePeriod(rule: PeriodRule, facts: RuleFacts): RulePeriod {
  const { rows, recorded, period, tested } = facts;
  const { first, last, today } = period;
  const seen = observations(rule, facts);
  const { segments, changes } = limitsOf([
    ...seen,
    {
      on: addDays(today, 1),
      limit: { enabled: rule.enabled, frequencyDays: rule.frequencyDays },
    },
  ]);
  const testedFrom = rule.createdOn !== null && rule.createdOn > first ? rule.createdOn : first;
  const counted = rows.filter(({ standing }) => standing === 'done');
  const expected = rule.problem === null;
  return {
    rule,
    testedFrom,
    occurrences: !expected
      ? []
      : [
          ...counted
            .filter(({ day }) => day >= first && day < testedFrom)
            .map((row) => ({
              due: null,
              outcome: 'additional' as const,
              evidence: tested(row),
              daysLate: 0,
            })),
          ...occurrencesOf({
            first: testedFrom,
            last,
            today,
            since: rule.createdOn,
            before: counted.findLast(({ day }) => day < testedFrom)?.day ?? null,
            evidence: counted.filter(({ day }) => day >= testedFrom && day <= last).map(tested),
            limits: segments,
            excused: (day) =>
              unexpected.has(recorded.statusOn(day)) || limitOn(segments, day)?.enabled === false,
          }),
        ],
    notCounted: rows
      .filter(({ standing, day }) => standing !== 'done' && day >= first && day <= last)
      .map(tested),
    after: counted.find(({ day }) => day > last) ?? null,
    limitChanges: changes.filter(({ on }) => on >= first && (on <= last || last === today)),
    limitAssumed: seen.length === 0,
  };
}

/** On such days nothing is expected of a control. */
const unexpected: ReadonlySet<RecordedStatus> = new Set<RecordedStatus>(['not_applicable', 'absent']);

/** What snapshots recorded of a rule. Those of earlier versions did not store its limit. */
function observations(rule: PeriodRule, { edges, changes, period }: RuleFacts): Observation[] {
  const zone = period.zones.business;
  const limit = (states: EdgeState['rules']): RuleLimit | undefined => {
    const state = states.find(({ id }) => id === rule.id);
    if (state?.asks === undefined) return undefined;
    return { enabled: state.enabled, frequencyDays: state.asks.frequency_days };
  };
  return [
    // Before the snapshot that found the last of them.
    ...changes.map(({ at, after, before }) => ({
      on: dayOf(at, zone),
      limit: limit(after),
      before: limit(before),
    })),
    ...edges.map(({ taken, rules }) => ({ on: dayOf(taken, zone), limit: limit(rules), before: undefined })),
  ].flatMap(({ limit: found, ...one }) => (found === undefined ? [] : [{ ...one, limit: found }]));
}

function withDetail(row: EvidenceRow, detail: EvidenceDetail | undefined, zone: string): TestedEvidence {
  const recordedAt = detail?.recordedAt ?? null;
  const recordedLater =
    recordedAt === null
      ? null
      : daysBetween(detail?.performed ?? row.day, dayOf(recordedAt, zone)) > mostDaysToRecord;
  return { ...row, detail, recordedLater };
}

/** Changes that are of the status: a control that was renumbered keeps it. */
function isStatus({ from, to }: PeriodChange): boolean {
  return from !== null || to !== null;
}

function statusOf(word: string | null): RecordedStatus {
  if (word === null) return 'absent';
  return controlStatuses.find((status) => status === word) ?? 'not_known';
}

function initialStatus(
  control: CatalogControl,
  edges: readonly EdgeState[],
  changes: readonly PeriodChange[],
  { altered, taken }: { readonly altered: boolean; readonly taken: boolean },
): RecordedStatus {
  const first = changes.find(isStatus);
  if (first !== undefined) return statusOf(first.from);
  const edge = edges.at(-1)?.status ?? null;
  if (edge !== null) return edge;
  if (altered) return 'not_known';
  // The snapshots of its framework do not have it, and none recorded that it was added.
  return taken || control.is_applicable ? 'not_known' : 'not_applicable';
}

/** Those of the period, and the one that counted when it began. */
function ofPeriod(attestations: readonly Attestation[], { from, to }: PeriodScope): readonly Attestation[] {
  const before = attestations.find(({ at }) => at < from);
  return attestations.filter((one) => one === before || (one.at >= from && one.at <= to));
}
