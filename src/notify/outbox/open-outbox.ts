import { lookup } from 'node:dns';
import type { OpenDatabase } from '../../db/open-database.ts';
import type { RunEnvironment } from '../../job/run-environment.ts';
import { createHttpClient } from '../../net/http-client.ts';
import { createDiscord, discordPacing } from '../channels/discord.ts';
import { createPace } from '../channels/pace.ts';
import { readSigningKey } from '../channels/signing-key.ts';
import { createSlack, slackPacing } from '../channels/slack.ts';
import { createWebhook } from '../channels/webhook.ts';
import { createRenderer } from '../templates/renderer.ts';
import { type DeliverRequest, deliver } from './deliver.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { collectEarly } from './heap-growth.ts';
import { openMail } from './open-mail.ts';
import type { OutboxParts } from './outbox-parts.ts';

/** The outbox with its channels open. */
export interface OpenOutbox {
  readonly parts: OutboxParts;
  deliver(request: Omit<DeliverRequest, 'switchedOff'>): Promise<DeliveryReport>;
  /** Ends the connections and the renderer's thread. */
  close(): Promise<void>;
}

/** What is configured is opened when it is first used; nothing connects here. */
export function openOutbox(
  environment: Pick<RunEnvironment, 'config' | 'zones' | 'logger'> & { readonly database: OpenDatabase },
): OpenOutbox {
  const { config, zones, logger, database } = environment;
  collectEarly();
  const http = createHttpClient({ allowInternal: config.allowPrivateDestinations, lookup });
  const now = () => database.clock.now();
  const slack = createSlack({
    http,
    pace: createPace(slackPacing),
    now,
    ...(config.slack.botToken === undefined ? {} : { botToken: config.slack.botToken }),
  });
  const signingKey = config.webhookSecret === undefined ? undefined : readSigningKey(config.webhookSecret);
  const mail = openMail(config);
  const renderer = createRenderer();
  const parts: OutboxParts = {
    db: database.db,
    clock: database.clock,
    zones,
    logger,
    channels: {
      mail,
      slack: {
        channel: slack,
        bot: config.slack.botToken !== undefined,
        webhookUrl: config.slack.webhookUrl,
      },
      webhook: {
        channel: createWebhook({ http, slack, now, ...(signingKey === undefined ? {} : { signingKey }) }),
        url: config.webhookUrl,
      },
      discord: createDiscord({ http, pace: createPace(discordPacing), now }),
      destinations: config.destinations,
    },
    renderer,
    mode: config.delivery,
    appBaseUrl: config.appBaseUrl,
    random: Math.random,
  };
  return {
    parts,
    deliver: (request) => deliver(parts, { ...request, switchedOff: config.switchedOff }),
    close: async () => {
      mail?.channel.close();
      await Promise.all([http.close(), renderer.close()]);
    },
  };
}
