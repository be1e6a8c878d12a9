import { type HttpProxies, type HttpProxy, placeOfProxy } from '../net/http-proxies.ts';
import type { ConfigFile } from './config-file.ts';
import type { EntryList } from './entries.ts';
import type { Layer } from './layers.ts';
import type { Problem } from './problem.ts';
import { secretUrlOf } from './secret-url.ts';
import type { ValueReader } from './value-reader.ts';
import { proxySetting, proxyUrl } from './values.ts';
import { variables } from './variables.ts';

/*
 * Which proxy is used. `http_proxy` decides: off, one address, or env: what HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name, in lower case
 * or upper case as curl reads them. NO_PROXY applies to both. While it is off the variables are read as well, so that a connection
 * that fails can name them.
 */

interface ProxySources {
  readonly reader: ValueReader;
  readonly layers: readonly Layer[];
  readonly file: ConfigFile;
  readonly folder: string;
  readonly list: EntryList;
  readonly problems: Problem[];
}

interface Written {
  readonly name: string;
  readonly text: string;
  readonly origin: string;
}

export function readHttpProxies(sources: ProxySources): {
  readonly proxies: HttpProxies;
  /** Texts that must never be shown. */
  readonly secrets: readonly string[];
} {
  const setting = readSetting(sources);
  const all = findVariable(sources.layers, 'ALL_PROXY');
  const https = findVariable(sources.layers, 'HTTPS_PROXY') ?? all;
  const http = findVariable(sources.layers, 'HTTP_PROXY') ?? all;
  const noProxy = findVariable(sources.layers, 'NO_PROXY')?.text ?? '';
  const secrets = [setting, https?.text, http?.text].flatMap((text) =>
    text === undefined ? [] : loginsIn(text),
  );
  if (setting !== 'env' && setting !== 'off') {
    const proxy = { name: 'http_proxy', url: setting };
    return { proxies: { used: true, https: proxy, http: proxy, noProxy }, secrets };
  }
  const used = setting === 'env';
  const problems = used ? sources.problems : [];
  const proxies = { used, noProxy, https: proxyOf(https, problems), http: proxyOf(http, problems) };
  if (used) {
    for (const one of new Set([https, http])) {
      const url = proxyUrl.safeParse(one?.text).data;
      if (one !== undefined && url !== undefined) {
        sources.list.addJobValue([one.name], placeOfProxy({ url }), one.origin);
      }
    }
  }
  return { proxies, secrets };
}

function readSetting({ reader, file, folder, list, problems }: ProxySources): string {
  const shown = (value: string) =>
    value === 'env' || value === 'off' ? value : placeOfProxy({ url: value });
  const found = reader.read(variables.httpProxy);
  const written =
    found === undefined
      ? secretUrlOf(['http_proxy'], file, folder, list, problems, proxySetting, shown)
      : undefined;
  if (written !== undefined) return written;
  const value = found?.value ?? 'off';
  list.addText(variables.httpProxy, found && { ...found, text: shown(value) }, 'off');
  return value;
}

/** In the environment before the `.env` file. */
function findVariable(layers: readonly Layer[], name: string): Written | undefined {
  for (const layer of layers) {
    for (const written of [name.toLowerCase(), name]) {
      const found = layer.find(written);
      if (found !== undefined) return { name: written, text: found.text.trim(), origin: found.origin };
    }
  }
  return undefined;
}

/** What is no proxy's address is a problem only where it is to be used. */
function proxyOf(written: Written | undefined, problems: Problem[]): HttpProxy | undefined {
  if (written === undefined) return undefined;
  const url = proxyUrl.safeParse(written.text);
  if (url.success) return { name: written.name.toUpperCase(), url: url.data };
  const message = `the value ${url.error.issues.map((issue) => issue.message).join(', ')}`;
  const { name, origin } = written;
  if (!problems.some((problem) => problem.name === name)) problems.push({ name, origin, message });
  return undefined;
}

/** An address with a login, and the login in each form in which it may be met. */
function loginsIn(text: string): readonly string[] {
  const login = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)@/i.exec(text)?.[1];
  if (login === undefined) return [];
  const [user = '', password] = login.split(/:(.*)/s);
  const secret = password ?? user;
  return [text, login, secret, decoded(secret)].filter((one) => one !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
