/** Whether what was signed was decided by others, on other accounts of the machine. */
export interface FourEyes {
  readonly met: boolean;
  /** Why not, as sentences; empty: it is met. */
  readonly reasons: readonly string[];
}

/** Who decided about what an execution saw, exceptions included. */
export interface Deciders {
  /** E-mail addresses, or `os:user@host`. */
  readonly people: ReadonlySet<string>;
  /** `os:user@host`, as far as it was recorded. */
  readonly machineUsers: ReadonlySet<string>;
}

/**
 * Segregation of duties: who decided does not sign off, and one user of a machine did not enter both steps. A decision on OpsDeck's pages
 * was entered by nobody else: there one logs in.
 */
export function fourEyesOf(
  { people, machineUsers }: Deciders,
  { email, enteredBy }: { readonly email: string; readonly enteredBy: string | null },
): FourEyes {
  const signer = email.toLowerCase();
  const decidedToo = [...people].some((one) => one.toLowerCase() === signer);
  const enteredBoth = enteredBy !== null && machineUsers.has(enteredBy);
  const reasons = [
    ...(decidedToo ? [`${email} also decided about what was found.`] : []),
    ...(enteredBoth ? [`${enteredBy} entered decisions and the sign-off.`] : []),
  ];
  return { met: reasons.length === 0, reasons };
}
