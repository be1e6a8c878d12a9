import { lookup } from 'node:dns/promises';
import type { Config } from '../config/config.ts';
import { refusalOf } from '../net/destination-guard.ts';
import type { HttpClient } from '../net/http-client.ts';
import { channels, definitionOf } from '../notify/channels/lookup.ts';
import { openChannels, paces } from '../notify/channels/open-channels.ts';
import { systemClock } from '../time/clock.ts';
import type { SlowCheck } from './check-runner.ts';
import { type Finding, problem, warning } from './finding.ts';

/** What uses the network: each channel's server or login, and the hosts of webhooks. Sends nothing. */
export async function networkChecks(
  config: Config,
  http: HttpClient,
): Promise<{ readonly checks: readonly SlowCheck[]; close(): void }> {
  const open = await openChannels(config, { http, now: systemClock.now, paceOf: paces() });
  return {
    checks: [
      ...channels.map((channel): SlowCheck => {
        const { label, oneServer } = definitionOf(channel);
        const opened = open.get(channel);
        return {
          subject: channel,
          run: async (signal) => {
            if (config.switchedOff.includes(channel)) return { skipped: 'switched off' };
            if (oneServer && opened?.ready !== true) {
              return [
                warning(
                  `${label} is not configured: its messages wait.`,
                  'Set it up (`config show`), or switch the channel off.',
                ),
              ];
            }
            if (opened?.check === undefined) return { skipped: 'no server or login of its own' };
            const fault = await opened.check(signal);
            return fault === null ? [] : [problem(`${label} does not work: ${fault.reason}.`, fault.fix)];
          },
        };
      }),
      ...webhooks(config).map(
        ([name, url]): SlowCheck => ({
          subject: name,
          run: () => checkHost(name, url, config.allowPrivateDestinations),
        }),
      ),
    ],
    close: () => {
      for (const channel of open.values()) channel.close?.();
    },
  };
}

/** The addresses that are configured, by the setting that has them; each is a secret. */
function webhooks(config: Config): readonly (readonly [name: string, url: string])[] {
  const ofChannels = channels.flatMap((channel) =>
    Object.entries(definitionOf(channel).settings).flatMap(([key, { kind, variable }]) => {
      const value = config.channels[channel]?.[key];
      return kind === 'web_address' && typeof value === 'string' ? [[variable, value] as const] : [];
    }),
  );
  const named = [...config.destinations].flatMap(([name, addresses]) =>
    Object.values(addresses).map((url) => [`destinations.${name}`, url] as const),
  );
  return [...ofChannels, ...named];
}

async function checkHost(name: string, url: string, allowInternal: boolean): Promise<readonly Finding[]> {
  if (!URL.canParse(url)) return [problem(`${name} is not a web address.`, `Correct ${name}.`)];
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0)
    return [problem(`The host of ${name} is not known.`, `Correct ${name}, or check the name server.`)];
  const refusals = found.map(({ address }) => refusalOf(address, allowInternal));
  const [first] = refusals;
  if (refusals.some((refusal) => refusal === undefined) || first === undefined) return [];
  return [
    problem(
      `The host of ${name} is refused: ${first}.`,
      'Use another address, or set allow_private_destinations.',
    ),
  ];
}
