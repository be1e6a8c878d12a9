import { describe, expect, it } from 'vitest';
import { type Cause, causes } from '../../../jobs/compliance-drift/cause.ts';
import { classify, classOf, isFlapping } from '../../../jobs/compliance-drift/classify.ts';
import type { ControlState, RuleState } from '../../../jobs/compliance-drift/rule-state.ts';
import {
  type ControlStatus,
  controlStatuses,
  isKnown,
  type KnownStatus,
} from '../../../jobs/compliance-drift/status.ts';

const known = controlStatuses.filter(isKnown);
const allCauses = Object.keys(causes).filter((word): word is Cause => Object.hasOwn(causes, word));

/** Rows: from. Columns: to, in the order of the header. What holds whatever the cause. */
const table = `
                compliant    manual       warning      uncovered      non_compliant
compliant       -            medium       high         coverage_lost  critical
manual          improvement  -            high         coverage_lost  critical
warning         improvement  improvement  -            coverage_lost  critical
uncovered       improvement  improvement  improvement  -              critical
non_compliant   improvement  improvement  improvement  coverage_lost  -`;

/** Moves that a cause makes into something else. */
const exceptions: readonly { from: KnownStatus; to: KnownStatus; cause: Cause; expected: string }[] = [
  { from: 'uncovered', to: 'warning', cause: 'rule_added', expected: 'first_measurement' },
  { from: 'uncovered', to: 'non_compliant', cause: 'rule_added', expected: 'first_measurement' },
  { from: 'uncovered', to: 'warning', cause: 'attestation_expired', expected: 'high' },
  ...(['rule_removed', 'rule_disabled', 'evaluation_error', 'attestation_gone'] as const).flatMap((cause) =>
    (
      [
        ['warning', 'compliant'],
        ['warning', 'manual'],
        ['non_compliant', 'compliant'],
        ['non_compliant', 'manual'],
        ['non_compliant', 'warning'],
      ] as const
    ).map(([from, to]) => ({ from, to, cause, expected: 'coverage_lost' })),
  ),
];

function expectedOf(from: KnownStatus, to: KnownStatus, cause: Cause): string {
  const exception = exceptions.find((one) => one.from === from && one.to === to && one.cause === cause);
  if (exception !== undefined) return exception.expected;
  const [header = '', ...rows] = table.trim().split('\n');
  const column = header.trim().split(/\s+/).indexOf(to);
  const cells = rows.map((line) => line.trim().split(/\s+/)).find(([name]) => name === from) ?? [];
  return cells[column + 1] ?? '';
}

describe('every move between two known statuses, for every cause', () => {
  for (const from of known) {
    for (const to of known) {
      if (from === to) continue;
      it(`${from} to ${to}`, () => {
        for (const cause of allCauses) {
          const expected = expectedOf(from, to, cause);
          const got = classOf(from, to, cause);
          if (expected === 'critical' || expected === 'high' || expected === 'medium') {
            expect(got, cause).toEqual({ class: 'regression', severity: expected });
          } else {
            expect(got, cause).toEqual({
              class: expected,
              severity: expected === 'coverage_lost' ? 'medium' : null,
            });
          }
        }
      });
    }
  }
});

function state<S extends ControlStatus>(status: S, rules: readonly RuleState[] = []): ControlState<S> {
  return { status, rules };
}

function rule(id: number, more: Partial<RuleState> = {}): RuleState {
  return { id, name: `R${id}`, hash: 'h', enabled: true, ...more };
}

const fresh = (id: number, date = '2026-03-01') =>
  rule(id, { status: 'compliant', days_since: 1, evidence: { model: 'ActivityExecution', id: 1, date } });
const failing = (id: number, date?: string) =>
  rule(id, {
    status: 'non_compliant',
    ...(date === undefined ? {} : { days_since: 99, evidence: { model: 'ActivityExecution', id: 1, date } }),
  });
const broken = (id: number) => rule(id, { status: 'unknown', reason: 'criteria is not valid JSON' });

const noone = { frameworkId: 1, frameworkName: 'F', controlKey: 1, controlId: 'A', controlName: 'A' };
const change = (
  before: ControlState | null,
  after: ControlState | null,
  last: ControlState<KnownStatus> | null = null,
) => classify({ ...noone, before, known: last, after });

describe('moves to and from what is not known', () => {
  const everywhere = [...controlStatuses, null];
  const expected = (from: ControlStatus | null, to: ControlStatus | null): readonly string[] => {
    if (from === to) return [];
    if (from === null) return ['control_added'];
    if (to === null) return ['control_removed'];
    if (to === 'not_applicable') return ['became_not_applicable'];
    if (from === 'not_applicable') return ['became_applicable'];
    if (to === 'unknown') return ['evaluation_lost'];
    if (from === 'unknown') return ['evaluation_restored'];
    return ['one of the table'];
  };
  for (const from of everywhere) {
    it(`from ${from ?? 'absent'}`, () => {
      for (const to of everywhere) {
        const changes = change(from === null ? null : state(from), to === null ? null : state(to));
        const wanted = expected(from, to);
        expect(changes, `to ${to}`).toHaveLength(wanted.length);
        if (wanted[0] !== 'one of the table') {
          expect(changes.map((one) => one.class)).toEqual(wanted);
          expect(changes.every((one) => one.severity === null)).toBe(true);
        }
      }
    });
  }

  it('compares what is measured again with its last known status: a regression is not hidden by an evaluation that failed', () => {
    const changes = change(
      state('unknown', [broken(1)]),
      state('non_compliant', [failing(1)]),
      state('compliant', [fresh(1)]),
    );
    expect(changes).toMatchObject([
      { class: 'evaluation_restored', from: 'unknown', to: 'non_compliant' },
      { class: 'regression', severity: 'critical', from: 'compliant', to: 'non_compliant' },
    ]);
  });

  it('does not call it an improvement when the failing rule can no longer be evaluated', () => {
    const aged = rule(2, { status: 'warning', days_since: 35 });
    const changes = change(
      state('non_compliant', [failing(1), aged]),
      state('warning', [{ ...broken(1), hash: 'edited' }, aged]),
    );
    expect(changes).toMatchObject([
      { class: 'coverage_lost', severity: 'medium', cause: 'evaluation_error' },
    ]);
  });

  it('reports nothing but the restored evaluation when the last known status comes back', () => {
    const changes = change(
      state('unknown', [broken(1)]),
      state('compliant', [fresh(1)]),
      state('compliant', [fresh(1)]),
    );
    expect(changes.map((one) => one.class)).toEqual(['evaluation_restored']);
  });

  it('sees that the failing rule was removed while the control was unknown: no improvement', () => {
    const changes = change(
      state('unknown', [broken(2)]),
      state('compliant', [fresh(2)]),
      state('non_compliant', [failing(1)]),
    );
    expect(changes.at(1)).toMatchObject({
      class: 'coverage_lost',
      severity: 'medium',
      cause: 'rule_removed',
    });
  });
});

interface Case {
  readonly name: string;
  readonly before: ControlState;
  readonly after: ControlState;
  readonly cause: Cause;
  readonly class: string;
  readonly rules: readonly number[];
}

const cases: readonly Case[] = [
  {
    name: 'the same evidence, older',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [failing(1, '2026-03-01')]),
    cause: 'evidence_aged',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'newer evidence that is too old all the same',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [failing(1, '2026-03-05')]),
    cause: 'evidence_aged',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'no evidence any more',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [failing(1)]),
    cause: 'evidence_gone',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'the newest evidence gone, an older one left',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [failing(1, '2025-01-01')]),
    cause: 'evidence_gone',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'a new rule without evidence beside a good one',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [fresh(1), failing(2)]),
    cause: 'rule_added',
    class: 'regression',
    rules: [2],
  },
  {
    name: 'a rule that was tightened',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [{ ...failing(1, '2026-03-01'), hash: 'other' }]),
    cause: 'rule_changed',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'aged evidence and a new rule at once: the fact goes before the edit',
    before: state('compliant', [fresh(1)]),
    after: state('non_compliant', [failing(1, '2026-03-01'), failing(2)]),
    cause: 'evidence_aged',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'a first rule on an uncovered control, failing',
    before: state('uncovered'),
    after: state('non_compliant', [failing(1)]),
    cause: 'rule_added',
    class: 'first_measurement',
    rules: [1],
  },
  {
    name: 'a rule that was only switched on again is no first measurement',
    before: state('uncovered', [rule(1, { enabled: false })]),
    after: state('non_compliant', [failing(1)]),
    cause: 'rule_changed',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'a first rule on an uncovered control, good',
    before: state('uncovered'),
    after: state('compliant', [fresh(1)]),
    cause: 'rule_added',
    class: 'improvement',
    rules: [1],
  },
  {
    name: 'a rule on a control that stood on a link',
    before: state('manual'),
    after: state('non_compliant', [failing(1)]),
    cause: 'rule_added',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'evidence came',
    before: state('non_compliant', [failing(1)]),
    after: state('compliant', [fresh(1)]),
    cause: 'new_evidence',
    class: 'improvement',
    rules: [1],
  },
  {
    name: 'the failing rule removed',
    before: state('non_compliant', [failing(1), fresh(2)]),
    after: state('compliant', [fresh(2)]),
    cause: 'rule_removed',
    class: 'coverage_lost',
    rules: [1],
  },
  {
    name: 'the failing rule disabled',
    before: state('non_compliant', [failing(1), fresh(2)]),
    after: state('compliant', [rule(1, { enabled: false }), fresh(2)]),
    cause: 'rule_disabled',
    class: 'coverage_lost',
    rules: [1],
  },
  {
    name: 'one failing rule repaired, the other removed',
    before: state('non_compliant', [failing(1), failing(2)]),
    after: state('compliant', [fresh(1)]),
    cause: 'rule_removed',
    class: 'coverage_lost',
    rules: [2],
  },
  {
    name: 'a good rule removed while evidence came for the failing one: that is an improvement',
    before: state('non_compliant', [failing(1), fresh(2)]),
    after: state('compliant', [fresh(1)]),
    cause: 'new_evidence',
    class: 'improvement',
    rules: [1],
  },
  {
    name: 'a rule that was relaxed',
    before: state('non_compliant', [failing(1, '2026-01-01')]),
    after: state('compliant', [{ ...fresh(1, '2026-01-01'), hash: 'other' }]),
    cause: 'rule_changed',
    class: 'improvement',
    rules: [1],
  },
  {
    name: 'the only rule disabled, a link left',
    before: state('compliant', [fresh(1)]),
    after: state('manual', [rule(1, { enabled: false })]),
    cause: 'rule_disabled',
    class: 'regression',
    rules: [1],
  },
  {
    name: 'the only rule removed, nothing left',
    before: state('compliant', [fresh(1)]),
    after: state('uncovered'),
    cause: 'rule_removed',
    class: 'coverage_lost',
    rules: [1],
  },
  {
    name: 'the only link removed',
    before: state('manual'),
    after: state('uncovered'),
    cause: 'link_removed',
    class: 'coverage_lost',
    rules: [],
  },
  {
    name: 'a link added',
    before: state('uncovered'),
    after: state('manual'),
    cause: 'link_added',
    class: 'improvement',
    rules: [],
  },
  {
    name: 'criteria broken',
    before: state('compliant', [fresh(1)]),
    after: state('unknown', [{ ...broken(1), hash: 'other' }]),
    cause: 'evaluation_error',
    class: 'evaluation_lost',
    rules: [1],
  },
  {
    name: 'criteria repaired',
    before: state('unknown', [broken(1)]),
    after: state('compliant', [{ ...fresh(1), hash: 'other' }]),
    cause: 'rule_changed',
    class: 'evaluation_restored',
    rules: [1],
  },
  {
    name: 'the broken rule removed',
    before: state('unknown', [broken(1), fresh(2)]),
    after: state('compliant', [fresh(2)]),
    cause: 'rule_removed',
    class: 'evaluation_restored',
    rules: [1],
  },
  {
    name: 'a known failure outweighs the rule that is still broken',
    before: state('unknown', [broken(1), fresh(2)]),
    after: state('non_compliant', [broken(1), failing(2, '2026-03-01')]),
    cause: 'evidence_aged',
    class: 'evaluation_restored',
    rules: [2],
  },
];

describe('causes', () => {
  it.each(cases)('$name', ({ before, after, cause, class: expected, rules }) => {
    expect(change(before, after)).toMatchObject([{ cause, class: expected, rules }]);
  });
});

describe('flapping', () => {
  it.each([
    [0, false],
    [1, false],
    [2, true],
    [7, true],
  ])('with %i earlier changes in seven snapshots: %s', (earlierChanges, flapping) => {
    expect(isFlapping({ earlierChanges })).toBe(flapping);
  });
});
