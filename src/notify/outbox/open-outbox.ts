import { lookup } from 'node:dns';
import type { OpenDatabase } from '../../db/database.ts';
import type { RunEnvironment } from '../../job/run-environment.ts';
import { createHttpClient } from '../../net/http-client.ts';
import { openChannels, paces } from '../channels/open-channels.ts';
import { createRenderer } from '../templates/renderer.ts';
import { type DeliverRequest, deliver } from './deliver.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { collectEarly } from './heap-growth.ts';
import type { OutboxParts } from './outbox-parts.ts';
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
  const http = createHttpClient({ allowInternal: config.allowPrivateDestinations, lookup });
  const byName = await openChannels(config, { http, now: () => database.clock.now(), paceOf: paces() });
  const renderer = createRenderer();
  const parts: OutboxParts = {
    db: database.db,
    clock: database.clock,
    zones,
    logger,
    channels: { byName, destinations: config.destinations },
    renderer,
    mode: config.delivery,
    appBaseUrl: config.appBaseUrl,
    kinds: kindsWith(jobs),
    random: Math.random,
  };
  return {
    parts,
    deliver: (request) => deliver(parts, { ...request, switchedOff: config.switchedOff }),
    close: async () => {
      for (const channel of byName.values()) channel.close?.();
      await Promise.all([http.close(), renderer.close()]);
    },
  };
}
