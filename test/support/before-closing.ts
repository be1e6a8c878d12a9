let due: (() => Promise<unknown>)[] = [];

/**
 * Ends something that works with a test's database before that is closed and emptied. The runner's own `onTestFinished` comes
 * after the hooks of the databases, when it is too late.
 */
export function beforeClosing(end: () => Promise<unknown>): void {
  due.push(end);
}

/** For whoever closes the databases. */
export async function endThoseBefore(): Promise<void> {
  const ends = due.reverse();
  due = [];
  for (const end of ends) await end();
}
