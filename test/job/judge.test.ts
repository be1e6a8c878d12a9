import { describe, expect, it } from 'vitest';
import type { Judgement } from '../../src/job/define-job.ts';
import { judgeResult, readJudgeOptions } from '../../src/job/judge.ts';
import { testJob } from '../support/runner.ts';

const clean: Judgement = {
  baseline: false,
  levels: { critical: 0, high: 0, medium: 0 },
  statuses: { compliant: 5, warning: 0, non_compliant: 0 },
};
const baseline: Judgement = { ...clean, baseline: true };
const high: Judgement = { ...clean, levels: { critical: 0, high: 2, medium: 1 } };
const broken: Judgement = { ...baseline, statuses: { compliant: 3, warning: 1, non_compliant: 4 } };

function judge(
  judgement: Judgement,
  failOn: 'critical' | 'high' | 'medium' | undefined,
  failOnStatus: string[] = [],
  allowBaseline = false,
) {
  const verdict = judgeResult(judgement, { failOn, failOnStatus, allowBaseline });
  return verdict === null ? null : [verdict.exitCode, verdict.code, verdict.message];
}

describe('exit code of a successful run', () => {
  it.each([
    ['nothing asked', high, undefined, [], false, null],
    ['nothing found', clean, 'medium', [], false, null],
    ['found below the level', high, 'critical', [], false, null],
    ['found at the level', high, 'high', [], false, [4, 'findings', 'Found findings: 2 high.']],
    [
      'found at the level and above it',
      high,
      'medium',
      [],
      false,
      [4, 'findings', 'Found findings: 2 high, 1 medium.'],
    ],
    [
      'no predecessor: unknown',
      baseline,
      'high',
      [],
      false,
      [4, 'no_baseline', expect.stringContaining('--fail-on cannot decide')],
    ],
    ['no predecessor, allowed', baseline, 'high', [], true, null],
    ['no predecessor does not matter to a state', baseline, undefined, ['non_compliant'], false, null],
    [
      'a state in a first run',
      broken,
      undefined,
      ['non_compliant', 'warning'],
      false,
      [4, 'findings', 'Found states: 4 non_compliant, 1 warning.'],
    ],
    [
      'what is in a state, as far as it is named',
      {
        ...broken,
        named: [
          { status: 'non_compliant', name: 'ISO A.5' },
          { status: 'warning', name: 'ISO A.6' },
        ],
      },
      undefined,
      ['non_compliant', 'warning'],
      false,
      [4, 'findings', 'Found states: 4 non_compliant (ISO A.5, and 3 more), 1 warning (ISO A.6).'],
    ],
    [
      'a state in a first run, with an allowed baseline',
      broken,
      'high',
      ['non_compliant'],
      true,
      [4, 'findings', 'Found states: 4 non_compliant.'],
    ],
  ] as const)('%s', (_, judgement, failOn, statuses, allowBaseline, expected) => {
    expect(judge(judgement, failOn, [...statuses], allowBaseline)).toEqual(expected);
  });
});

describe('what --fail-on accepts', () => {
  const judging = { ...testJob(), judgedStatuses: ['warning', 'unknown'], judge: () => clean };

  it('reads a level and a list of states', () => {
    expect(readJudgeOptions(judging, { failOn: 'high', failOnStatus: ' warning, unknown,' })).toEqual({
      failOn: 'high',
      failOnStatus: ['warning', 'unknown'],
      allowBaseline: false,
    });
  });

  it.each([
    ['an unknown level', judging, { failOn: 'severe' }, 'invalid_level'],
    [
      'a misspelt state, which would let everything pass for ever',
      judging,
      { failOnStatus: 'warnin' },
      'unknown_status',
    ],
    ['a list of nothing', judging, { failOnStatus: ' , ' }, 'invalid_status'],
    ['a job that judges nothing', testJob(), { failOn: 'high' }, 'not_judged'],
  ] as const)('%s is refused with exit 2', (_, job, given, code) => {
    expect(() => readJudgeOptions(job, given)).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });
});
