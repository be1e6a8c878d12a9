import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/*
 * Sign-in with the token of the pages. The session is a cookie that holds when it ends, and a code that only this token makes: nothing is
 * stored, every daemon with the same token knows it, and another token ends all sessions.
 */

const cookieName = 'opsdeck_jobs_session';
const sessionMs = 12 * 60 * 60_000;
/** Wrong tokens that are looked at in a minute, whoever sends them: a token has 16 characters or more. */
const mostWrong = 10;
const minuteMs = 60_000;

export interface SignIn {
  /** Is it the token? `busy`: too many wrong ones in the last minute; this one was not looked at. */
  judge(given: string): 'right' | 'wrong' | 'busy';
  /** The value of `Set-Cookie` that begins a session. */
  begin(): string;
  /** Has the request a session that has not ended? `header`: its `Cookie`. */
  isSignedIn(header: string | undefined): boolean;
}

/** The value of `Set-Cookie` that ends a session in this browser. */
export const endOfSession = `${cookieName}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;

/** @param now milliseconds since the Unix epoch, of this machine: sessions are about its own clock. */
export function signInWith(token: string, now: () => number): SignIn {
  const key = createHash('sha256').update('opsdeck-jobs pages\n').update(token).digest();
  const codeOf = (until: string) => createHmac('sha256', key).update(until).digest('base64url');
  let wrong: readonly number[] = [];
  return {
    judge: (given) => {
      wrong = wrong.filter((at) => at > now() - minuteMs);
      if (wrong.length >= mostWrong) return 'busy';
      if (isEqual(given, token)) return 'right';
      wrong = [...wrong, now()];
      return 'wrong';
    },
    begin: () => {
      const until = String(now() + sessionMs);
      const seconds = sessionMs / 1000;
      return `${cookieName}=${until}.${codeOf(until)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
    },
    isSignedIn: (header) => {
      const [, until = '', code = ''] =
        new RegExp(`(?:^|; *)${cookieName}=(\\d{1,16})\\.([\\w-]+)(?:;|$)`).exec(header ?? '') ?? [];
      return until !== '' && Number(until) > now() && isEqual(code, codeOf(until));
    },
  };
}

/** Digests have one length, so that the comparison takes the same time whatever was given. */
function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
