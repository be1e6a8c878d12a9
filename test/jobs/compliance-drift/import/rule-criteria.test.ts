import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { criteriaProblem, unknownCriterion } from '../../../../jobs/compliance-drift/import/rule-criteria.ts';
import { onEachDatabase } from '../../../support/databases.ts';

const unstorable = 'holds a character that no text column can store (NUL, or half of a surrogate pair)';

describe('criteria that find evidence', () => {
  it.each([
    ['ActivityExecution', '{"value": 7}'],
    ['ActivityExecution', '{"method": "parent_match", "value": "7"}'],
    ['ActivityExecution', '{"activity_name": "Backup test"}'],
    ['Campaign', '{"tags": ["security", "phishing"]}'],
    ['Campaign', '{"method": "title_match", "title_pattern": "Phishing"}'],
    ['MaintenanceLog', '{"event_type": "Patch"}'],
    ['MaintenanceLog', '{"method": "any_completed"}'],
    ['BCDRTestLog', '{}'],
    ['BCDRTestLog', '{"method": "plan_match", "plan_id": 3}'],
    ['OnboardingProcess', '{}'],
    ['SecurityAssessment', '{"supplier_id": 4}'],
    ['SecurityAssessment', '{"supplier_id": 9999999999}'],
    ['SecurityAssessment', '{"supplier_id": " 4.0 "}'],
    ['SecurityAssessment', '{}'],
    ['RiskAssessment', '{"whatever": 1}'],
    ['UARExecution', '{}'],
    ['UARExecution', '{"method": "comparison_name_match", "comparison_name": "Joiners"}'],
  ])('%s %s', (model, criteria) => {
    expect(criteriaProblem(model, criteria)).toBeNull();
  });
});

describe('criteria that would make their rule unknown or never met', () => {
  it.each([
    ['ActivityExecution', '{', 'is not valid JSON'],
    ['ActivityExecution', '[]', 'is not a JSON object'],
    ['ActivityExecution', '"x"', 'is not a JSON object'],
    ['ActivityExecution', '{}', 'lacks "value" or "activity_name"'],
    [
      'ActivityExecution',
      '{"activty_name": "B"}',
      'lacks "value" or "activity_name": is "activty_name" meant to be it?',
    ],
    ['ActivityExecution', '{"value": "seven"}', 'has a "value" that is not an id'],
    [
      'ActivityExecution',
      '{"method": "tag_match", "value": 1}',
      'names the method "tag_match": known are parent_match',
    ],
    [
      'ActivityExecution',
      '{"method": "constructor"}',
      'names the method "constructor": known are parent_match',
    ],
    ['Campaign', '{"tags": []}', 'has a "tags" that is not a list of names'],
    ['Campaign', '{"tags": "security"}', 'has a "tags" that is not a list of names'],
    ['MaintenanceLog', '{}', 'lacks "event_type"'],
    ['BCDRTestLog', '{"method": "plan_match"}', 'lacks "plan_id"'],
    ['OffboardingProcess', '{"tag": "x"}', 'has a "tag", which cannot be evaluated: people have no tags'],
    ['SecurityAssessment', '{"supplier_id": "ACME"}', 'has a "supplier_id" that is not an id'],
    ['UARExecution', '{"method": "comparison_match"}', 'lacks "comparison_id"'],
    ['ActivityExecution', '{"value": 10000000000}', 'has a "value" that is not an id'],
    ['ActivityExecution', '{"value": "10000000000"}', 'has a "value" that is not an id'],
    ['ActivityExecution', '{"value": "\\t7"}', 'has a "value" that is not an id'],
    ['BCDRTestLog', '{"x": "\\u0000"}', unstorable],
    ['BCDRTestLog', '{"\\u0000": 1}', unstorable],
    ['BCDRTestLog', '{"x": "\\ud83d", "x": 1}', unstorable],
    ['BCDRTestLog', '{"x": 1e-20000}', 'has a number that is no use to any rule'],
    ['BCDRTestLog', `{"x": 0.${'1'.repeat(17_000)}}`, 'has a number that is no use to any rule'],
  ])('%s %s', (model, criteria, problem) => {
    expect(criteriaProblem(model, criteria)).toBe(problem);
  });

  it.each([
    ['64 KiB of bytes', `{"x": "${'é'.repeat(33_000)}"}`, 'is longer than 64 KiB'],
    ['200 brackets', `{"x": ${'['.repeat(200)}${']'.repeat(200)}}`, 'has more than 200 opening brackets'],
    ['200 brackets in a text', `{"x": "${'['.repeat(200)}"}`, 'has more than 200 opening brackets'],
    ['any nesting', '['.repeat(60_000), 'has more than 200 opening brackets'],
  ])('more than %s', (_, criteria, problem) => {
    expect(criteriaProblem('BCDRTestLog', criteria)).toBe(problem);
  });
});

describe('keys that no rule of the model reads', () => {
  it.each([
    [
      'ActivityExecution',
      '{"value": 1, "methd": "parent_match"}',
      'has the unknown key "methd": did you mean "method"?',
    ],
    ['RiskAssessment', '{"whatever": 1}', 'has the unknown key "whatever": known are method'],
    [
      'SecurityAssessment',
      '{"suplier_id": 1}',
      'has the unknown key "suplier_id": did you mean "supplier_id"?',
    ],
    ['SecurityAssessment', '{"supplier_id": 1}', null],
    ['UARExecution', '{"method": "any_completed", "comparison_name": "unused"}', null],
  ])('%s %s', (model, criteria, problem) => {
    expect(unknownCriterion(model, criteria)).toBe(problem);
  });
});

/** At the limits, where the check of the import and the evaluation could differ. */
const edges = [
  `{"x": "${'y'.repeat(65_536 - 9)}"}`,
  `{"x": "${'y'.repeat(65_536 - 8)}"}`,
  `{"x": ${'['.repeat(199)}${']'.repeat(199)}}`,
  `{"x": ${'['.repeat(200)}${']'.repeat(200)}}`,
  '{"x": "\\\\u0000"}',
  '{"x": "\\u0000"}',
  '{"x": "\\ud83d\\ude00"}',
  '{"x": "\\ud83d"}',
  '{"x": "e9999 \\" e99999"}',
  '{"x": 1e300}',
  '{"x": 1e-999}',
  '{"x": 1e-20000}',
];

onEachDatabase((harness) => {
  it('the evaluation can read all that an import takes', async () => {
    const { db } = await harness.fresh();
    const taken = edges.filter((text) => criteriaProblem('BCDRTestLog', text) === null);
    expect(taken).toHaveLength(edges.length - 5);
    for (const text of taken) {
      const { rows } = await sql`select opsdeck_jobs.try_jsonb(${text}) is not null as readable`.execute(db);
      expect(rows, text.slice(0, 40)).toEqual([{ readable: true }]);
    }
  });
});
