import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { apiConfig } from '../../../../jobs/uar/sources/api/config.ts';
import { openCredentials } from '../../../../jobs/uar/sources/api/credentials.ts';
import { PageReader } from '../../../../jobs/uar/sources/api/read-pages.ts';
import { Spool } from '../../../../src/files/spool.ts';
import { InconclusiveSource } from '../../../../src/sources/source.ts';
import { httpPeer } from '../../../notify/channels/peers.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { sourceDeps } from './source-deps.ts';

/*
 * A server that breaks its promises on one page. Whatever it does, the result is the whole list, or inconclusive. Left out is what no
 * reader can notice: a list without a total that ends too soon in a well-formed way, and rows that move between pages.
 */

const kinds = ['link', 'cursor', 'address', 'page', 'offset', 'start_index'] as const;
type Kind = (typeof kinds)[number];

const paging: Readonly<Record<Kind, object>> = {
  link: { type: 'link' },
  cursor: { type: 'cursor', path: 'meta.next', param: 'at' },
  address: { type: 'cursor', path: ['meta', 'next'] },
  page: { type: 'page', param: 'at', start: 0 },
  offset: { type: 'offset', param: 'at' },
  start_index: { type: 'start_index', param: 'at', start: 0 },
};

const named: readonly Kind[] = ['link', 'cursor', 'address'];

/** Where a fault can happen, and be noticed. */
interface Rule {
  /** The list is still whole. */
  readonly harmless?: true;
  /** Only a stated total gives it away. */
  readonly total?: true;
  readonly later?: true;
  readonly last?: true;
  readonly only?: readonly Kind[];
}

/** What happens on one page. */
const faults = {
  nothing: { harmless: true },
  limited: { harmless: true },
  storm: {},
  html: {},
  cut: {},
  gzip: {},
  reset: {},
  reset_in_body: {},
  error: {},
  redirect: {},
  empty_body: {},
  no_list: {},
  object: {},
  wrong_total: { total: true },
  null_list: { total: true },
  more_rows: { total: true, only: ['link', 'cursor', 'address', 'page'] },
  repeat: { later: true },
  has_more: { last: true },
  loop: { only: named },
  other_host: { only: named },
  other_scheme: { only: ['link', 'address'] },
} as const satisfies Record<string, Rule>;
type Fault = keyof typeof faults;
const rules: Readonly<Record<Fault, Rule>> = faults;

interface Case {
  readonly kind: Kind;
  readonly fault: Fault;
  /** Of all items. */
  readonly count: number;
  readonly size: number;
  readonly total: boolean;
  /** Where it happens, from 0. */
  readonly page: number;
}

function answer(response: ServerResponse, path: string, one: Case, asked: number): void {
  const { kind, fault, count, size, page } = one;
  const url = new URL(path, `http://${response.req.headers.host}`);
  const at = Number(url.searchParams.get('at') ?? 0);
  const number = kind === 'offset' || kind === 'start_index' ? Math.ceil(at / size) : at;
  const here = number === page;
  const is = (name: Fault) => here && fault === name;
  if (is('reset')) return void response.socket?.destroy();
  if (is('storm')) return void response.writeHead(429).end();
  if (is('limited') && asked < 2) return void response.writeHead(429, { 'retry-after': '0' }).end();
  if (is('error')) return void response.writeHead(500).end('[]');
  if (is('redirect')) return void response.writeHead(302, { location: '/' }).end();
  if (is('html')) return void response.writeHead(200).end('<!doctype html><p>Sign in</p>');
  if (is('empty_body')) return void response.writeHead(200).end();
  const pages = Math.ceil(count / size);
  const last = number >= pages - 1;
  const shown = is('repeat') ? number - 1 : number;
  const items = Array.from({ length: count }, (_, id) => ({ id, text: `"${id}" \\ [é]` })).slice(
    shown * size,
    (shown + 1) * size,
  );
  const nextAt = (value: number) => {
    const next = new URL(url);
    next.searchParams.set('at', String(value));
    if (is('other_host')) next.hostname = 'localhost';
    if (is('other_scheme')) next.protocol = 'https:';
    return next.href;
  };
  const names = is('other_host') || is('other_scheme');
  const follows = is('loop') ? (number === 0 ? 0 : number - 1) : last && !names ? undefined : number + 1;
  const cursor =
    follows === undefined ? null : kind === 'cursor' && !names ? String(follows) : nextAt(follows);
  const list = is('null_list') ? null : is('more_rows') ? [...items, { id: 0, text: 'again' }] : items;
  const whole = {
    ...(is('no_list') ? {} : { list: is('object') ? { list: items } : list }),
    meta: { next: named.includes(kind) && kind !== 'link' ? cursor : null },
    ...(one.total ? { total: is('wrong_total') ? count + 1 : count } : {}),
    ...(is('has_more') ? { has_more: true } : {}),
  };
  const text = JSON.stringify(whole);
  const headers = {
    ...(kind === 'link'
      ? {
          link: [
            `<${url.href}>; rel="self"`,
            ...(follows === undefined ? [] : [`<${nextAt(follows)}>; rel="next"`]),
          ],
        }
      : {}),
  };
  response.writeHead(200, { ...headers, ...(is('gzip') ? { 'content-encoding': 'gzip' } : {}) });
  if (is('cut')) response.end(text.slice(0, Math.floor(text.length / 2)));
  else if (is('gzip')) response.end(gzipSync(text).subarray(0, 20));
  else if (is('reset_in_body')) response.write(text, () => response.socket?.destroy());
  else response.end(text);
}

it('whatever a server answers, its list is read whole or is inconclusive', async () => {
  const random = seededRandom(1118);
  const between = (from: number, to: number) => from + random.below(to - from + 1);
  const allFaults = Object.keys(faults).filter((name): name is Fault => name in faults);
  const pickOf = (names: readonly Fault[]) => names[random.below(names.length)] ?? 'nothing';
  const cases: Case[] = [];
  const asked = new Map<string, number>();
  const peer = await httpPeer((response, { path }) => {
    const one = cases[Number(/^\/(\d+)/.exec(path)?.[1])];
    if (one === undefined) throw new Error(path);
    const times = asked.get(path) ?? 0;
    asked.set(path, times + 1);
    answer(response, path, one, times);
  });
  const deps = sourceDeps({}, { sleep: async () => undefined });
  const downloader = await deps.web.open();
  const seen = { whole: 0, inconclusive: 0 };
  for (let index = 0; index < 400; index += 1) {
    const kind = random.pick(kinds);
    const fault = pickOf(allFaults.filter((name) => rules[name].only?.includes(kind) !== false));
    const rule = rules[fault];
    const size = between(1, 6);
    const count = between(rule.later === true ? size + 1 : 1, 30 + size);
    const lastPage = Math.ceil(count / size) - 1;
    const page = rule.last === true ? lastPage : between(rule.later === true ? 1 : 0, lastPage);
    const total = rule.total === true || random.chance(0.5);
    const one: Case = { kind, fault, count, size, total, page };
    cases.push(one);
    const config = apiConfig.parse({
      url: `${peer.url}/${index}`,
      items: 'list',
      pagination: paging[kind],
      ...(total ? { total: 'total' } : {}),
    });
    const spool = await Spool.open();
    try {
      await new PageReader(config, deps, downloader, openCredentials(config, deps), spool).readAll();
      const pieces: Buffer[] = [];
      for await (const piece of spool.read()) pieces.push(piece);
      const rows = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
      const ids = rows.map((row) => Number(/^\{"id":(\d+),/.exec(row)?.[1]));
      expect(ids, JSON.stringify(one)).toEqual(Array.from({ length: count }, (_, id) => id));
      seen.whole += 1;
    } catch (error) {
      if (!(error instanceof InconclusiveSource)) throw error;
      expect(rule.harmless, `${JSON.stringify(one)}: ${error.message}`).toBeUndefined();
      seen.inconclusive += 1;
    } finally {
      await spool.close();
    }
  }
  await downloader.close();
  expect(seen.whole).toBeGreaterThan(20);
  expect(seen.inconclusive).toBeGreaterThan(200);
});
