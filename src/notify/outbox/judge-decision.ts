import type { MessageState } from '../../db/tables/messages.ts';

/** `hand_back`: to OpsDeck's own dispatcher. */
export const messageActions = ['retry', 'cancel', 'release', 'hand_back'] as const;
export type MessageAction = (typeof messageActions)[number];

/** What of a message decides whether an operator may decide so. */
export interface JudgedMessage {
  readonly state: MessageState;
  readonly origin: 'job' | 'opsdeck';
  /** We have a row of it. */
  readonly adopted: boolean;
  /** It waits for a later attempt. */
  readonly postponed: boolean;
}

/** `already`: it is so. Otherwise why it cannot be, as the end of a sentence. */
export type Verdict = 'do' | 'already' | { readonly refused: string };

/** Pure: may an operator decide so about this message? */
export function judgeDecision(action: MessageAction, message: JudgedMessage): Verdict {
  const { state, origin, adopted, postponed } = message;
  switch (action) {
    case 'retry':
      if (state === 'failed' || state === 'unknown' || state === 'held') return 'do';
      if (state === 'queued' && postponed) return 'do';
      return state === 'queued' ? 'already' : { refused: words[state] };
    case 'cancel':
      if (state === 'queued' || state === 'held' || state === 'unknown') return 'do';
      return state === 'cancelled' ? 'already' : { refused: words[state] };
    case 'release':
      if (state === 'held') return 'do';
      return state === 'queued' ? 'already' : { refused: words[state] };
    case 'hand_back':
      if (origin === 'job') {
        return { refused: 'was queued by a job: OpsDeck cannot render it' };
      }
      if (state !== 'held' && state !== 'queued') return { refused: words[state] };
      return adopted ? 'do' : 'already';
    default:
      return action satisfies never;
  }
}

const words: Readonly<Record<MessageState, string>> = {
  queued: 'waits to be sent',
  sending: 'is being sent at this moment',
  sent: 'was sent',
  failed: 'has failed',
  cancelled: 'was cancelled',
  held: 'is on hold',
  unknown: 'may or may not have arrived: `messages retry` or `messages cancel` decides',
};
