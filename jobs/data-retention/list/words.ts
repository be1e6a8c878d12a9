import { count } from '../../../src/text/count.ts';
import type { Keep } from '../policy/policy.ts';
import type { PolicyStanding } from './read.ts';

export function keepWords(keep: Keep): string {
  return keep.kind === 'days'
    ? count(keep.days, 'day')
    : `all for ${count(keep.allDays, 'day')}, one a week for ${count(keep.weeklyDays, 'day')}, then one a month`;
}

/** Why a run takes nothing by the policy, or not all rows that are old enough. Empty: nothing is in its way. */
export function blockedWords({ policy, blocked, waitsFor, figures }: PolicyStanding): string {
  if (blocked !== null) return ownWords(policy, blocked.message);
  const waits =
    waitsFor === null
      ? []
      : [
          waitsFor === 'first_run'
            ? 'waits for an acceptance: first run of the policy'
            : 'waits for an acceptance: more than max_share',
        ];
  const kept = (figures?.referenced ?? []).map(({ table, rows }) => `${rows} by ${table}`);
  return [...waits, ...(kept.length === 0 ? [] : [`rows that others point to: ${kept.join(', ')}`])].join(
    '; ',
  );
}

/** The policy is named beside it. */
function ownWords(policy: string, message: string): string {
  const start = `The retention policy ${policy} cannot be used: `;
  return (message.startsWith(start) ? message.slice(start.length) : message).replace(/\.$/, '');
}
