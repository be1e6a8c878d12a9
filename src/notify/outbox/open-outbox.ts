import type { OpenDatabase } from '../../db/database.ts';
import type { RunEnvironment } from '../../job/run-environment.ts';
import { connectChannels } from '../channels/connect-channels.ts';
import { createRenderer } from '../templates/renderer.ts';
import { type DeliverRequest, deliver } from './deliver.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { collectEarly } from './heap-growth.ts';
import type { OutboxParts } from './outbox-parts.ts';
import { renewHeld } from './renew-held.ts';
import { kindsWith } from './variables.ts';

/** The outbox with its channels open. */
export interface OpenOutbox {
  readonly parts: OutboxParts;
  deliver(request: Omit<DeliverRequest, 'switchedOff'>): Promise<DeliveryReport>;
  /** Ends the connections and the renderer's thread. */
  close(): Promise<void>;
}

/** What is configured is opened when it is first used; nothing connects here. */
export async function openOutbox(
  environment: Pick<RunEnvironment, 'config' | 'zones' | 'logger' | 'jobs'> & {
    readonly database: OpenDatabase;
  },
): Promise<OpenOutbox> {
  const { config, zones, logger, database, jobs } = environment;
  collectEarly();
  const channels = await connectChannels(config, database.clock);
  const renderer = createRenderer();
  const parts: OutboxParts = {
    db: database.db,
    clock: database.clock,
    zones,
    logger,
    channels: { byName: channels.byName, destinations: config.destinations, postForms: config.postForms },
    renderer,
    mode: config.delivery,
    appBaseUrl: config.appBaseUrl,
    kinds: kindsWith(jobs),
    renewHeld: () =>
      renewHeld({
        ...{ db: database.db, mode: database.mode, clock: database.clock },
        ...{ zones, logger, config, jobs },
      }),
    random: Math.random,
  };
  return {
    parts,
    deliver: (request) => deliver(parts, { ...request, switchedOff: config.switchedOff }),
    close: async () => {
      await Promise.all([channels.close(), renderer.close()]);
    },
  };
}
