import type { z } from 'zod';

/** One value that the environment, a `.env` file or, where it is no secret, the configuration file may set. */
export interface Variable<T> {
  readonly name: string;
  /** From text; its messages follow the value: `is not a port; …`. */
  readonly schema: z.ZodType<T, string>;
  /** Never shown; may also be given as NAME_FILE; refused in the configuration file. */
  readonly secret: boolean;
  /** For the manual, where the schema of the configuration file has no description of it. */
  readonly about?: string;
  /** Where the configuration file has it. */
  readonly path?: readonly [string] | readonly [string, string];
}

export function open<T>(
  name: string,
  schema: z.ZodType<T, string>,
  path?: readonly [string] | readonly [string, string],
): Variable<T> {
  return { name, schema, secret: false, ...(path === undefined ? {} : { path }) };
}

export function secret<T>(name: string, schema: z.ZodType<T, string>, about: string): Variable<T> {
  return { name, schema, secret: true, about };
}
