import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../../db/tables.ts';
import type { Clock } from '../../time/clock.ts';
import type { Zones } from '../../time/zones.ts';
import type { Renderer } from '../templates/renderer.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import type { MessageKinds } from './message-kind.ts';
import type { Renewed } from './renewal.ts';
import type { OpenChannels } from './route.ts';

/** What the outbox works with. */
export interface OutboxParts {
  /** Writes outside the run's fence; see the header of deliver.ts. */
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly zones: Zones;
  readonly logger: Logger;
  readonly channels: OpenChannels;
  readonly renderer: Renderer;
  readonly mode: DeliveryMode;
  /** OpsDeck's public address, for links; undefined: there are none. */
  readonly appBaseUrl: string | undefined;
  /** How the variables of OpsDeck's own rows are found. */
  readonly kinds: MessageKinds;
  /** What the jobs make of their alerts that are on hold as too old. */
  readonly renewHeld: () => Promise<Renewed>;
  readonly random: () => number;
}
