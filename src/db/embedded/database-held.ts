import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { inSeconds } from '../../time/duration.ts';
import type { OfferingOwner, Owner } from './owner.ts';
import type { Held } from './ownership.ts';

/** Another process has the embedded database. */
export class DatabaseHeldError extends OperatorError {
  /** It would run a command for us. */
  readonly offering: OfferingOwner | undefined;

  constructor(folder: string, { owner, offering }: Held, waitedMs: number) {
    const waited = waitedMs > 0 ? ` after waiting ${inSeconds(waitedMs)}` : '';
    super({
      code: 'database_held',
      message: `The embedded database in ${folder} is in use by ${ownerInWords(owner, offering?.version)}${waited}.`,
      next: 'Wait for it to end (run-job does with --wait 30s), or stop it; for several programs at once use PostgreSQL (DATABASE_URL).',
      exitCode: ExitCode.notRun,
    });
    this.offering = offering;
  }
}

/** @param version of its program, where it says that */
export function ownerInWords(owner: Owner, version?: string): string {
  const program = version === undefined ? owner.command : `${owner.command}, version ${version}`;
  return `process ${owner.pid} (${program}, since ${owner.startedAt})`;
}
