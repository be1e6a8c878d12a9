import type { AttestationState, RuleState } from '../rule-state.ts';

/** What is different about the attestation that a change rests on: `attested as met through 2027-01-31 → expired`. */
export function attestationChange(
  change: { readonly before: AttestationState | null; readonly after: AttestationState | null } | null,
): readonly string[] {
  if (change === null) return [];
  const [before, after] = [attestedAs(change.before), attestedAs(change.after)];
  return [`${before} → ${after}`];
}

function attestedAs(state: AttestationState | null): string {
  if (state === null) return 'not attested';
  const words = `attestation ${state.id} as ${state.result === 'met' ? 'met' : 'not met'}`;
  if (state.result === 'not_met' || state.until === null) return words;
  return `${words} through ${state.until}${state.expired ? ', ended' : ''}`;
}

/** What is different about the rules that a change rests on, with old and new values: `Backup: limit 90 → 365 days`. */
export function ruleChanges(before: readonly RuleState[], after: readonly RuleState[]): readonly string[] {
  const then = new Map(before.map((rule) => [rule.id, rule]));
  const now = new Map(after.map((rule) => [rule.id, rule]));
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((id) => {
    const [old, current] = [then.get(id), now.get(id)];
    if (old === undefined) return current === undefined ? [] : [`${current.name}: new, ${limitOf(current)}`];
    if (current === undefined) return [`${old.name}: removed, ${limitOf(old)}`];
    const differences = differencesOf(old, current);
    return differences.length === 0 ? [] : [`${current.name}: ${differences.join(', ')}`];
  });
}

function differencesOf(old: RuleState, now: RuleState): readonly string[] {
  const found: string[] = [];
  if (old.name !== now.name) found.push(`name '${old.name}' → '${now.name}'`);
  if (old.enabled !== now.enabled) found.push(now.enabled ? 'switched on' : 'switched off');
  if (old.asks !== undefined && now.asks !== undefined) {
    const [was, is] = [old.asks, now.asks];
    if (was.frequency_days !== is.frequency_days) {
      found.push(`limit ${was.frequency_days} → ${is.frequency_days} days`);
    }
    if (was.grace_period_days !== is.grace_period_days) {
      found.push(`grace period ${was.grace_period_days} → ${is.grace_period_days} days`);
    }
    if (was.model !== is.model) found.push(`evidence ${was.model} → ${is.model}`);
    else if (now.enabled && old.enabled && (was.selector !== is.selector || was.key !== is.key)) {
      found.push(`asks for ${askedFor(was)} → ${askedFor(is)}`);
    }
  } else if (old.hash !== now.hash) found.push('definition changed; the old one was not stored');
  const [evidence, newest] = [dayOf(old), dayOf(now)];
  if (evidence !== newest) found.push(`newest evidence ${evidence} → ${newest}`);
  if (old.status !== undefined && now.status !== undefined && old.status !== now.status) {
    found.push(`${words(old.status)} → ${words(now.status)}`);
  }
  return found;
}

function limitOf({ asks }: RuleState): string {
  return asks === undefined
    ? 'limit not stored'
    : `limit ${asks.frequency_days} + ${asks.grace_period_days} days`;
}

function askedFor({ selector, key }: NonNullable<RuleState['asks']>): string {
  const what = selector === null ? 'nothing' : words(selector).replaceAll('-', ' ');
  return key === null || key === '' ? what : `${what} '${key}'`;
}

function dayOf({ evidence }: RuleState): string {
  return evidence === undefined ? 'none' : evidence.date;
}

function words(text: string): string {
  return text.replaceAll('_', '-');
}
