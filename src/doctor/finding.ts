/**
 * How bad it is. `problem`: something does not work, or will not. `warning`: something is probably not as it was meant. `note`: worth
 * knowing, and no reason for exit code 4.
 */
export type Severity = 'problem' | 'warning' | 'note';

export interface Finding {
  readonly severity: Severity;
  /** One sentence. */
  readonly what: string;
  /** A command, a setting or SQL that fixes it; null: there is nothing to do. */
  readonly fix: string | null;
}

/** What a check found about its subject; nothing found: all is well. */
export interface CheckedSubject {
  /** `database`, `mail`, the name of a job. */
  readonly subject: string;
  readonly findings: readonly Finding[];
  /** Why it was not checked. */
  readonly skipped?: string;
}

export const problem = (what: string, fix: string | null): Finding => ({ severity: 'problem', what, fix });
export const warning = (what: string, fix: string | null): Finding => ({ severity: 'warning', what, fix });
export const note = (what: string, fix: string | null = null): Finding => ({ severity: 'note', what, fix });
