import { usage } from '../../../src/errors/usage.ts';

/** One `column=value` of `--where`. */
export interface WhereValue {
  readonly column: string;
  readonly value: string;
}

/** @throws OperatorError `usage` (exit 2). */
export function readWhere(texts: readonly string[] | undefined): readonly WhereValue[] {
  return (texts ?? []).map((text) => {
    const [, column, value] = /^([a-z_][a-z0-9_]*)=(.*)$/s.exec(text) ?? [];
    if (column === undefined || value === undefined)
      throw usage(`--where '${text}' is not column=value.`, 'Give it as --where user_id=42.');
    return { column, value };
  });
}
