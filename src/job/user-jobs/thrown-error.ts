import type { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { RunLostError } from '../fenced-transaction.ts';

/** An error as it crosses a thread: structured clones lose its class and its fields. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: ThrownError | undefined;
  readonly as:
    | { readonly kind: 'lost' }
    | {
        readonly kind: 'operator';
        readonly code: string;
        readonly next: string;
        readonly exitCode: ExitCode;
      }
    /** `fields`: those of PostgreSQL and of Node that are text, such as `code`. */
    | { readonly kind: 'other'; readonly fields: Readonly<Record<string, string>> };
}

const deepest = 5;

export function packError(thrown: unknown, depth = 0): ThrownError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack } = error;
  const cause = error.cause === undefined || depth >= deepest ? undefined : packError(error.cause, depth + 1);
  return { name: String(name), message: String(message), stack, cause, as: kindOf(error) };
}

function kindOf(error: Error): ThrownError['as'] {
  if (error instanceof RunLostError) return { kind: 'lost' };
  if (error instanceof OperatorError) {
    const { code, next, exitCode } = error;
    return { kind: 'operator', code, next, exitCode };
  }
  const fields: Record<string, string> = {};
  for (const [key, value] of Object.entries(error)) {
    if (typeof value === 'string' && !['name', 'message', 'stack'].includes(key)) fields[key] = value;
  }
  return { kind: 'other', fields };
}

export function unpackError({ name, message, stack, cause: packed, as }: ThrownError): Error {
  const cause = packed === undefined ? undefined : unpackError(packed);
  const error = ofKind(message, as, cause);
  if (as.kind === 'other') error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function ofKind(message: string, as: ThrownError['as'], cause: Error | undefined): Error {
  if (as.kind === 'lost') return new RunLostError();
  if (as.kind === 'operator') {
    const { code, next, exitCode } = as;
    return new OperatorError({ code, message, next, exitCode, cause });
  }
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), as.fields);
}
