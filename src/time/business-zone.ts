import type { Config } from '../config/config.ts';
import type { DatabaseMode } from '../db/database.ts';

/** OpsDeck's own default, which its pages count days in. */
const opsdeckZone = 'Europe/Madrid';

/** `TIMEZONE`; unset: OpsDeck's default on an attached database, UTC on a standalone one; never the host's. */
export function businessZone(config: Pick<Config, 'timezone'>, mode: DatabaseMode): string {
  return config.timezone ?? (mode === 'attached' ? opsdeckZone : 'UTC');
}
