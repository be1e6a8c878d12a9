/** A refused message, as far as it says something about others. */
export interface EqualRefusal {
  /** The reply without what differs from message to message. */
  readonly text: string;
  /** E-mail address. */
  readonly recipient: string;
  /** When its sending began, by a clock that only goes forward. */
  readonly begun: number;
}

/** So many recipients, in so many domains, are no coincidence. */
const recipients = 5;
const domains = 2;

/**
 * Refusals with the same text. What many recipients of several domains get in a row, with no success begun since the first, is
 * the server's or the sender's affair, whatever its code.
 */
export class RefusalStreak {
  readonly #byText = new Map<string, { readonly begun: number; readonly recipients: Set<string> }>();

  /** True: with this one there are enough. */
  refused({ text, recipient, begun }: EqualRefusal): boolean {
    const streak = this.#byText.get(text) ?? { begun, recipients: new Set<string>() };
    this.#byText.set(text, streak);
    streak.recipients.add(recipient.toLowerCase());
    const inDomains = new Set([...streak.recipients].map((address) => address.split('@').at(-1)));
    return streak.recipients.size >= recipients && inDomains.size >= domains;
  }

  /** @param begun when the sending that succeeded began. */
  sent(begun: number): void {
    for (const [text, streak] of this.#byText) if (streak.begun <= begun) this.#byText.delete(text);
  }
}
