/**
 * The two zones that matter, both IANA names. The session's and the host's zones are never used.
 */
export interface Zones {
  /** Calendar days and schedules: `TIMEZONE`; unset: Europe/Madrid attached (OpsDeck's default), UTC standalone. */
  readonly business: string;
  /** The zone whose wall clock OpsDeck's `timestamp without time zone` columns hold. */
  readonly stored: string;
}
