import { describe, expect, it } from 'vitest';
import { criteriaProblem } from '../../src/import/rule-criteria.ts';

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
  ])('%s %s', (model, criteria, problem) => {
    expect(criteriaProblem(model, criteria)).toBe(problem);
  });
});
