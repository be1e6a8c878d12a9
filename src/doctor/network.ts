import { lookup } from 'node:dns/promises';
import type { Config } from '../config/config.ts';
import { refusalOf, refusalOfHost } from '../net/destination-guard.ts';
import type { HttpClient } from '../net/http-client.ts';
import { type HttpProxy, proxyFor } from '../net/http-proxies.ts';
import { ProxyFault } from '../net/proxy-fault.ts';
import { openTunnel } from '../net/tunnel.ts';
import { channels, definitionOf } from '../notify/channels/lookup.ts';
import { openChannels, paces } from '../notify/channels/open-channels.ts';
import { systemClock } from '../time/clock.ts';
import type { SlowCheck } from './check-runner.ts';
import { type Finding, problem, warning } from './finding.ts';
import type { MessageFacts } from './messages.ts';

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
                  `Set it up (\`opsdeck-jobs config show\` lists the settings), or set channels.${channel} to "off".`,
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
          run: () => checkHost(name, url, config),
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

async function checkHost(
  name: string,
  address: string,
  { allowPrivateDestinations: allowInternal, httpProxies }: Config,
): Promise<readonly Finding[]> {
  if (!URL.canParse(address)) return [problem(`${name} is not a web address.`, `Correct ${name}.`)];
  const url = new URL(address);
  const proxy = proxyFor(url, httpProxies);
  if (proxy !== undefined) return checkProxied(name, url, proxy, allowInternal);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0)
    return [problem(`The host of ${name} is not known.`, `Correct ${name}, or check the name server.`)];
  const refusals = found.map(({ address }) => refusalOf(address, allowInternal));
  const [first] = refusals;
  return refusals.some((refusal) => refusal === undefined) || first === undefined ? [] : refused(name, first);
}

function refused(name: string, why: string): readonly Finding[] {
  const fix = 'Use another address, or set allow_private_destinations.';
  return [problem(`The host of ${name} is refused: ${why}.`, fix)];
}

/** The proxy alone looks the name up. An address that it is asked for without a tunnel would be sent something. */
async function checkProxied(
  name: string,
  url: URL,
  proxy: HttpProxy,
  allowInternal: boolean,
): Promise<readonly Finding[]> {
  const refusal = refusalOfHost(url, allowInternal);
  if (refusal !== undefined) return refused(name, refusal);
  if (url.protocol !== 'https:') return [];
  try {
    const tunnel = await openTunnel(proxy, `${url.hostname}:${url.port === '' ? '443' : url.port}`, 10_000);
    tunnel.on('error', () => undefined).destroy();
    return [];
  } catch (error) {
    if (!(error instanceof ProxyFault)) throw error;
    return [problem(`${name} cannot be reached: ${error.message}.`, error.next)];
  }
}

/** The addresses that OpsDeck's pages stored; an address itself is never named. */
export function storedAddressChecks(stored: MessageFacts['stored'], config: Config): readonly SlowCheck[] {
  return stored.flatMap(({ of, addresses }) =>
    Object.entries(addresses).flatMap(([channel, url]): SlowCheck[] =>
      url === null || url.trim() === ''
        ? []
        : [
            {
              subject: of,
              run: () => checkHost(`the ${channel} address of ${of}`, url.trim(), config),
            },
          ],
    ),
  );
}
