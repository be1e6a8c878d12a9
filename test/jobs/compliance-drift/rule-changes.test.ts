import { describe, expect, it } from 'vitest';
import { ruleChanges } from '../../../jobs/compliance-drift/controls/rule-changes.ts';
import type { RuleState } from '../../../jobs/compliance-drift/rule-state.ts';

const asks = {
  model: 'ActivityExecution',
  selector: 'activity_name',
  key: 'Backup',
  frequency_days: 90,
  grace_period_days: 7,
};
const rule: RuleState = { id: 1, name: 'Backups', hash: 'a', enabled: true, status: 'compliant', asks };

describe('what changed about rules', () => {
  it.each<[string, readonly RuleState[], readonly RuleState[], readonly string[]]>([
    ['nothing', [rule], [rule], []],
    [
      'a limit and a grace period',
      [rule],
      [{ ...rule, hash: 'b', asks: { ...asks, frequency_days: 365, grace_period_days: 0 } }],
      ['Backups: limit 90 → 365 days, grace period 7 → 0 days'],
    ],
    [
      'what it asks for',
      [rule],
      [{ ...rule, hash: 'b', asks: { ...asks, key: 'Restore' } }],
      ["Backups: asks for activity name 'Backup' → activity name 'Restore'"],
    ],
    ['switched off', [rule], [{ ...rule, enabled: false }], ['Backups: switched off']],
    ['removed', [rule], [], ['Backups: removed, limit 90 + 7 days']],
    ['new', [], [rule], ['Backups: new, limit 90 + 7 days']],
    [
      'a definition that an earlier version stored as a hash only',
      [{ ...rule, asks: undefined }],
      [{ ...rule, hash: 'b' }],
      ['Backups: definition changed; the old one was not stored'],
    ],
    [
      'evidence that is missing',
      [{ ...rule, evidence: { model: 'ActivityExecution', id: 3, date: '2026-01-05' } }],
      [{ ...rule, status: 'non_compliant' }],
      ['Backups: newest evidence 2026-01-05 → none, compliant → non-compliant'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(ruleChanges(before, after)).toEqual(expected);
  });
});
