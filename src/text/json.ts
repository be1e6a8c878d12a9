/** A value that survives JSON unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; what jobs return and what message contexts hold. */
export interface JsonObject {
  readonly [key: string]: Json;
}
