import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import type { Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';

/*
 * What removes, replaces or withdraws something, and what accepts something that a check refused or found, is shown first, with a
 * count: `--dry-run` ends there, a person at the terminal is asked, and where nobody can be asked `--yes` is needed. Nothing is
 * asked where nothing would change. What only adds or updates, and switches that the next command turns back, are not asked about.
 */

/** As typed. */
export interface ConsentOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What would be done. */
export interface Change {
  /** With its count, as a command: `accept 3 quarantined rates of TRY`. */
  readonly words: string;
  /** 0: nothing would change. */
  readonly count: number;
  /** The same for `--dry-run --json`. */
  readonly document?: Readonly<Record<string, unknown>>;
}

/**
 * May it be done? With `--yes` nobody looks first.
 *
 * @param look reads what would be done; writes nothing.
 * @returns null: go on. Otherwise the exit code that the command ends with.
 * @throws OperatorError `confirmation_needed` (exit 2) where nobody can be asked; nothing was changed then.
 */
export async function consent(
  io: Io,
  { dryRun, yes, json }: ConsentOptions,
  look: () => Promise<Change>,
): Promise<ExitCode | null> {
  if (yes === true && dryRun !== true) return null;
  const { words, count, document } = await look();
  if (dryRun === true) {
    if (json === true) writeJson(io, { ...document, dry_run: true });
    else writeLine(io.stdout, `This would ${words}. Nothing was changed.`);
    return ExitCode.ok;
  }
  if (count === 0) return null;
  if (await confirm(io, `${words.charAt(0).toUpperCase()}${words.slice(1)}?`, yes)) return null;
  writeLine(json === true ? io.stderr : io.stdout, 'Nothing was changed.');
  return ExitCode.notRun;
}

/**
 * `--yes` answers; otherwise the person at the terminal is asked.
 *
 * @param question a sentence that ends with a question mark.
 * @throws OperatorError `confirmation_needed` (exit 2) where nobody can be asked; nothing was changed then.
 */
export async function confirm(io: Io, question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true;
  requireAnswer(io, yes, question);
  return /^y(es)?$/i.test(((await io.ask?.(`${question} [y/N] `)) ?? '').trim());
}

/** Before anything is done that the question comes after. @throws what {@link confirm} throws. */
export function requireAnswer(io: Io, yes: boolean | undefined, question: string): void {
  if (yes === true || io.ask !== undefined) return;
  const why =
    io.held === undefined
      ? 'There is no terminal to ask at'
      : 'The process that holds the embedded database runs this command, and cannot ask';
  throw usage(
    `${question} ${why}; nothing was changed.`,
    'Repeat the command with --yes.',
    'confirmation_needed',
  );
}
