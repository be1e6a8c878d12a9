import { limitOfCall } from '../errors/limit-error.ts';
import { OperatorError, stackOf } from '../errors/operator-error.ts';

/** What stands in place of a secret. */
const secretMask = '[secret]';

/** Shorter values cannot be distinguished from ordinary words; masking them would garble every text. */
const shortest = 4;

const passwordInUrl = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*):[^\s@/]+@/gi;

/**
 * The secret values of a configuration. No code prints them on purpose; this is the last line of defence for texts that
 * others wrote: messages of drivers and servers, stack traces.
 */
export class Secrets {
  /** All of them in one expression: a mask is never searched again. */
  #pattern: RegExp | undefined;
  readonly #values: Set<string>;

  constructor(values: readonly string[] = []) {
    this.#values = new Set(values);
    this.#pattern = patternOf(values);
  }

  /** Masks those of another one as well, from now on: who reads its configuration again keeps its log. */
  learn(others: Secrets): void {
    for (const value of others.#values) this.#values.add(value);
    this.#pattern = patternOf([...this.#values]);
  }

  /** The text with every secret, and every password in a URL, replaced by {@link secretMask}. */
  scrub(text: string): string {
    const masked = this.#pattern === undefined ? text : text.replace(this.#pattern, secretMask);
    return masked.replace(passwordInUrl, `$1:${secretMask}@`);
  }

  /** The same error without secrets in its texts; its cause is dropped, because it may hold them too. */
  scrubError(error: unknown): Error {
    if (error instanceof OperatorError) {
      const clean = new OperatorError({
        code: error.code,
        message: this.scrub(error.headline),
        points: error.points.map((point) => this.scrub(point)),
        next: this.scrub(error.next),
        exitCode: error.exitCode,
      });
      const stack = stackOf(error);
      if (stack === undefined) delete clean.stack;
      else clean.stack = this.#stack(error);
      return clean;
    }
    if (!(error instanceof Error)) return new Error(this.scrub(String(error)));
    // Known by its code, which the copy does not have.
    const limit = limitOfCall(error, 'program');
    if (limit !== undefined) return this.scrubError(limit);
    const clean = new Error(this.scrub(error.message));
    clean.name = error.name;
    clean.stack = this.#stack(error);
    return clean;
  }

  #stack(error: Error): string {
    const stack = error.stack ?? `${error.name}: ${error.message}`;
    const cause = error.cause instanceof Error ? `\ncaused by ${this.#stack(error.cause)}` : '';
    return this.scrub(stack) + cause;
  }
}

function patternOf(values: readonly string[]): RegExp | undefined {
  const forms = values.flatMap((value) => [value, encodeURIComponent(value), encodeURI(value)]);
  // Longest first: a URL goes as a whole before the password in it.
  const alternatives = [...new Set(forms)]
    .filter((value) => value.length >= shortest)
    .sort((a, b) => b.length - a.length)
    .map((value) => value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return alternatives.length === 0 ? undefined : new RegExp(alternatives.join('|'), 'g');
}
