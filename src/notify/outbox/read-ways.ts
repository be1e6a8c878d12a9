import type { RunEnvironment } from '../../job/run-environment.ts';
import { connectChannels } from '../channels/connect-channels.ts';
import { channels as everyChannel } from '../channels/lookup.ts';
import type { OpenWay } from './open-way.ts';
import { openWays } from './open-ways.ts';

/** The ways that a delivery would have now. Nothing connects. */
export async function readWays({
  config,
  database: { db, clock },
}: Pick<RunEnvironment, 'config' | 'database'>): Promise<readonly OpenWay[]> {
  const channels = await connectChannels(config, clock);
  try {
    const { byName } = channels;
    const usable = everyChannel.filter(
      (one) => !config.switchedOff.includes(one) && byName.get(one)?.ready === true,
    );
    const { destinations, postForms } = config;
    return await openWays(db, { byName, destinations, postForms }, usable);
  } finally {
    await channels.close();
  }
}
