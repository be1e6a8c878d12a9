import { createHash } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { openSource, type SourceDeps } from '../../../../jobs/uar/sources/open-source.ts';
import { hasOpenssl, selfSigned } from '../../../notify/channels/mail-peer.ts';
import {
  closedPort,
  httpPeer,
  namesResolving,
  type Received,
  tcpPeer,
} from '../../../notify/channels/peers.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { loadRows, reasonFor } from './load-rows.ts';
import { sourceDeps, sourceWeb } from './source-deps.ts';

const open = (config: Record<string, unknown>, deps: SourceDeps = sourceDeps()) =>
  openSource('API', config, 'A', deps);

/** Why it cannot be opened, without the host. */
async function whyNot(config: Record<string, unknown>, deps?: SourceDeps): Promise<string> {
  const reason = await reasonFor(open(config, deps).then((source) => source.close()));
  return reason.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST');
}

const people = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index, name: `N${from + index}` }));

const json = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const queryOf = (request: Received, name: string) => new URL(request.path, 'http://x').searchParams.get(name);

onEachDatabase((harness) => {
  it('reads all pages by link, cursor and number, and gives what they are together', async () => {
    const database = await harness.fresh();
    const pages = [people(1, 2), people(3, 4), people(5, 5)];
    const sent: string[] = [];
    const peer = await httpPeer((response, request) => {
      const number = Number(queryOf(request, 'page') ?? queryOf(request, 'after') ?? 0);
      const next = number < 2 ? number + 1 : undefined;
      const items = pages[number] ?? [];
      const body =
        request.path.startsWith('/cursor') && next !== undefined
          ? { data: { people: items }, meta: { next } }
          : request.path.startsWith('/cursor')
            ? { data: { people: items }, meta: { next: null } }
            : items;
      sent.push(JSON.stringify(body));
      json(response, body, {
        'last-modified': 'Tue, 24 Nov 2026 09:31:30 GMT',
        ...(next === undefined ? {} : { link: `</link?kind=a&page=${next}>; rel="next"` }),
      });
    });
    const whole = [1, 2, 3, 4, 5].map((id) => [String(id), `N${id}`]);
    for (const config of [
      { url: `${peer.url}/link?kind=a`, pagination: { type: 'link' } },
      { url: `${peer.url}/page`, pagination: { type: 'page', start: 0 } },
      {
        url: `${peer.url}/cursor`,
        items: 'data.people',
        pagination: { type: 'cursor', path: 'meta.next', param: 'after' },
      },
    ]) {
      sent.length = 0;
      const loaded = await loadRows(database, await open(config));
      expect(loaded).toMatchObject({ columns: ['id', 'name'], values: whole, rows: 5 });
      expect(loaded.asOf).toEqual(new Date('2026-11-24T09:31:30Z'));
      expect(loaded.sha256).toBe(createHash('sha256').update(sent.join('')).digest('hex'));
    }
  });

  it('keeps numbers, nesting and columns that only later objects have, and refuses what no row can be', async () => {
    const database = await harness.fresh();
    let body = '';
    const peer = await httpPeer((response) => response.writeHead(200).end(body));
    const load = () => open({ url: peer.url }).then((source) => loadRows(database, source));
    body = '[{"a": 1.10, "b": {"c": [1, "\\\\ \\t"]}}, {"z": null, "a": "ä\\n"}, {}]';
    expect(await load()).toMatchObject({
      columns: ['a', 'b', 'z'],
      values: [
        ['1.10', '{"c": [1, "\\\\ \\t"]}', null],
        ['ä\n', null, null],
        [null, null, null],
      ],
    });
    body = '[{}, {}]';
    expect(await load()).toMatchObject({ columns: [], rows: 2 });
    body = '[]';
    expect(await load()).toMatchObject({ columns: [], rows: 0 });
    for (const [bad, reason] of [
      ['[{"a": 1}, 5]', 'item 2: it is a number, not an object'],
      ['[{"a": 1}, {"a": "\\u0000"}]', 'item 2: there is a NUL'],
      [String.raw`[{"a": "\ud800"}]`, 'cannot be stored: invalid input syntax for type json'],
      [
        JSON.stringify([Object.fromEntries(people(1, 1001).map(({ name }) => [name, 1]))]),
        'more than 1000 columns',
      ],
      ['[{"a": tru}]', 'cannot be stored: invalid input syntax for type json'],
      ['[{"a": 1} {"a": 2}]', 'cannot be stored: invalid input syntax for type json'],
    ] as const) {
      body = bad;
      expect(await reasonFor(load())).toContain(reason);
    }
  });
});

describe('an answer that is not the whole of a list', () => {
  const page = 'InconclusiveSource: The API at HOST, page 1: ';

  it.each([
    [{ status: 200, body: '<html>Sign in</html>' }, 'the answer is HTML or XML, not JSON.'],
    [{ status: 200, body: '[{"id": 1}, {"id"' }, 'the answer ends in the middle of its JSON.'],
    [{ status: 200, body: '{"error": "x"}' }, 'the answer is an object, not a list of objects.'],
    [{ status: 200, body: Buffer.from('["\xe4"]', 'latin1') }, 'the answer is not UTF-8 text.'],
    [{ status: 204, body: '' }, 'it answered 204 instead of 200.'],
    [{ status: 301, body: '' }, 'it answered 301; redirects are not followed.'],
    [{ status: 401, body: '' }, 'it answered 401: the secret is missing, wrong or not allowed this.'],
    [{ status: 500, body: 'x'.repeat(200_000) }, 'it answered 500: it is out of order.'],
  ])('%j is inconclusive', async ({ status, body }, reason) => {
    const peer = await httpPeer((response) => response.writeHead(status, { location: '/x' }).end(body));
    expect(await whyNot({ url: peer.url })).toContain(page + reason);
    expect(peer.received).toHaveLength(1);
  });

  it('is inconclusive when the connection ends before it does, or there is none', async () => {
    const cut = await tcpPeer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{"id": 1}'));
    });
    expect(await whyNot({ url: cut.url })).toBe(
      `${page}the connection was lost before the answer was whole.`,
    );
    expect(await whyNot({ url: `http://127.0.0.1:${await closedPort()}` })).toContain(
      'there was no connection',
    );
  });

  it('is inconclusive when pages repeat, lead elsewhere, or are more than allowed', async () => {
    const peer = await httpPeer((response, request) => {
      const number = Number(queryOf(request, 'page') ?? 0);
      const links: Record<string, string> = {
        '/elsewhere': 'http://127.0.0.1:1/next',
        '/round': '/round',
        '/on': `/on?page=${number + 1}`,
        '/nonsense': 'http://[/',
      };
      const { pathname } = new URL(request.path, 'http://x');
      json(response, pathname === '/same' ? people(1, 2) : people(number, number + 1), {
        ...(links[pathname] === undefined ? {} : { link: `<${links[pathname]}>; rel="next"` }),
      });
    });
    const at = (path: string, settings = {}) =>
      whyNot(
        { url: peer.url + path, pagination: { type: path === '/same' ? 'page' : 'link' } },
        sourceDeps(settings),
      );
    expect(await at('/elsewhere')).toContain('page 2: the page is on another port of the host.');
    expect(await at('/round')).toContain('page 2: the page is one that came before: the pages never end.');
    expect(await at('/same')).toContain('page 2: the page is one that came before: the pages never end.');
    expect(await at('/nonsense')).toContain('page 1: its next page is not an address.');
    expect(await at('/on', { api_max_pages: 3 })).toContain('there are more than 3 pages (api_max_pages).');
    expect(await at('/on', { api_max_rows: 3 })).toContain(
      'page 2: there are more than 3 rows (api_max_rows).',
    );
    const large = await httpPeer((response) => json(response, [{ id: 'x'.repeat(2 ** 20) }]));
    expect(await whyNot({ url: large.url }, sourceDeps({ api_max_megabytes: 1 }))).toContain(
      'the rows have more than 1 MB (api_max_megabytes)',
    );
  });
});

/** The rows of a source that ends, or why it has none. */
async function outcomeOf(config: Record<string, unknown>): Promise<string> {
  try {
    const source = await open(config);
    await source.close();
    return 'whole';
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST') : String(error);
  }
}

onEachDatabase((harness) => {
  const rowsOf = async (config: Record<string, unknown>) => {
    const loaded = await loadRows(await harness.fresh(), await open(config));
    return loaded.values.map(([id]) => Number(id));
  };

  it('reads the next page from any of several Link headers, and from names with dots', async () => {
    const peer = await httpPeer((response, request) => {
      const number = Number(queryOf(request, 'page') ?? 1);
      const at = (page: number) =>
        `http://127.0.0.1:${peer.port}${new URL(request.path, 'http://x').pathname}?page=${page}`;
      const next = number < 3;
      const items = people(number * 2 - 1, number * 2);
      if (request.path.startsWith('/okta')) {
        response.setHeader('Link', [
          `<${at(number)}>; rel="self"`,
          ...(next ? [`<${at(number + 1)}>; rel="next"`] : []),
        ]);
        json(response, items);
      } else {
        json(response, { value: items, ...(next ? { '@odata.nextLink': at(number + 1) } : {}) });
      }
    });
    expect(await rowsOf({ url: `${peer.url}/okta`, pagination: { type: 'link' } })).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    for (const path of ['@odata.nextLink', ['@odata.nextLink']]) {
      const graph = { url: `${peer.url}/graph`, items: 'value', pagination: { type: 'cursor', path } };
      expect(await rowsOf(graph)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it('counts by offset and, as SCIM does, by the number of the first item', async () => {
    const all = people(1, 5);
    const peer = await httpPeer((response, request) => {
      const number = (name: string) => Number(queryOf(request, name));
      if (request.path.startsWith('/scim')) {
        const from = number('startIndex') - 1;
        const page = all.slice(from, from + Math.min(number('count'), 2));
        json(response, { totalResults: 5, startIndex: from + 1, itemsPerPage: page.length, Resources: page });
      } else {
        json(response, { people: all.slice(number('offset'), number('offset') + number('limit')) });
      }
    });
    const scim = {
      url: `${peer.url}/scim`,
      items: 'Resources',
      pagination: { type: 'start_index', size: 100 },
    };
    expect(await rowsOf(scim)).toEqual([1, 2, 3, 4, 5]);
    expect(peer.received.map(({ path }) => path)).toEqual(
      [1, 3, 5].map((index) => `/scim?startIndex=${index}&count=100`),
    );
    const offset = { url: peer.url, items: 'people', pagination: { type: 'offset', size: 2 } };
    expect(await rowsOf(offset)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a list that may have more', () => {
  type Answer = readonly [body: unknown, headers?: Record<string, string | string[]>];
  const items = people(1, 2);
  const cursor = { type: 'cursor', path: 'next', param: 'after' };
  const absent = { may_be_absent: true };

  it.each<readonly [Record<string, unknown>, readonly Answer[], string]>([
    [{ pagination: { type: 'link' } }, [[items]], 'no answer has a Link header'],
    [{ pagination: { type: 'link', ...absent } }, [[items]], 'whole'],
    [{ pagination: { type: 'link' } }, [[items, { link: '</>; rel="self"' }]], 'whole'],
    [{ pagination: { type: 'link' } }, [[items, { link: '/2; rel=next' }]], 'Link header cannot be read'],
    [{ pagination: { type: 'link' } }, [[items, { link: "</2>; rel='next'" }], [people(3, 4)]], 'whole'],
    [{}, [[items, { link: '</2>; rel=next' }]], 'a Link header with a next page'],
    [{ items: 'd', pagination: cursor }, [[{ d: items }]], "no answer has 'next'"],
    [{ items: 'd', pagination: { ...cursor, ...absent } }, [[{ d: items }]], 'whole'],
    [{ items: 'd', pagination: cursor }, [[{ d: items, next: 'a' }], [{ d: people(3, 4) }]], 'whole'],
    [{ items: 'd', pagination: cursor, total: 'n' }, [[{ d: items, n: 2 }]], 'whole'],
    [{ items: 'd', pagination: cursor, total: 'n' }, [[{ d: items, n: 3 }]], 'a total of 3, and 2 were read'],
    [
      { items: 'd', pagination: cursor },
      [[{ d: items, next: { a: 1 } }]],
      'has an object where its next page',
    ],
    [{ items: 'd', pagination: cursor }, [[{ d: items, next: true }]], "has 'true' where its next page"],
    [{ items: 'd', total: 'n' }, [[{ d: items }]], 'no answer has the total'],
    [{ items: 'd', total: 'n' }, [[{ d: items, n: 'many' }]], 'its total is not a number'],
    [{ items: 'd' }, [[{ d: items, has_more: true }]], "by its 'has_more' the last answer has more"],
    [{ items: 'd' }, [[{ d: items, has_more: false }]], 'whole'],
    [
      { items: 'd' },
      [[{ ok: false, error: 'missing_scope' }]],
      'it answered that it failed: ok is false, error missing_scope',
    ],
    [{ items: 'd' }, [[{ d: items, ok: false }]], 'it answered that it failed: ok is false.'],
    [{ items: 'd' }, [[{ d: items, ok: true, error: null }]], 'whole'],
    [
      { items: 'd' },
      [[{ meta: { next_cursor: 'x' }, d: items }]],
      "by its 'meta.next_cursor' the last answer has more",
    ],
    [
      { items: 'd' },
      [[{ d: items, '@odata.nextLink': '/2' }]],
      "by its '@odata.nextLink' the last answer has more",
    ],
    [{ items: 'd' }, [[{ d: items, totalResults: 20 }]], 'a total of 20, and 2 were read'],
    [{ items: 'd', total: false }, [[{ d: items, total: 20 }]], 'whole'],
    [{}, [[items, { 'x-total-count': '3' }]], 'a total of 3, and 2 were read'],
    [{ pagination: { type: 'offset' } }, [[items], [items]], 'one that came before'],
    [
      { items: 'd', pagination: { type: 'page' } },
      [[{ d: items, request: 1 }], [{ d: items, request: 2 }]],
      'one that came before',
    ],
    [
      { items: 'd', pagination: { type: 'start_index' } },
      [[{ d: items, totalResults: 5 }], [{ d: [], totalResults: 5 }]],
      'a total of 5, and 2',
    ],
    [{ items: 'd' }, [[{ d: null }]], 'whole'],
  ])('%j: %j: %s', async (config, answers, expected) => {
    const peer = await httpPeer((response, _, index) => {
      const [body, headers = {}] = answers[index] ?? [{}];
      response.writeHead(200, headers).end(JSON.stringify(body));
    });
    const outcome = await outcomeOf({ url: `${peer.url}/`, ...config });
    if (expected === 'whole') expect(outcome).toBe('whole');
    else expect(outcome).toContain(expected);
    expect(peer.received).toHaveLength(answers.length);
  });

  it('does not follow another scheme or port of the same host, and names which it is', async () => {
    const peer = await httpPeer((response, request) => {
      const to = request.path === '/scheme' ? `https://127.0.0.1:${peer.port}/2` : 'http://127.0.0.1:1/2';
      json(response, items, { link: `<${to}>; rel="next"` });
    });
    const at = (path: string) => whyNot({ url: peer.url + path, pagination: { type: 'link' } });
    expect(await at('/scheme')).toContain(
      'page 2: the page has another scheme than the first one: https instead of http.',
    );
    expect(await at('/port')).toContain('page 2: the page is on another port of the host.');
  });
});

it('waits until a limit is reset, or longer each time where no time is named', async () => {
  const waited: number[] = [];
  const deps = sourceDeps({}, { sleep: async (ms) => void waited.push(ms) });
  const soon = () => String(Math.ceil(Date.now() / 1000) + 30);
  const refusals: (() => [number, Record<string, string>])[] = [
    () => [429, {}],
    () => [429, { 'x-rate-limit-reset': soon() }],
    () => [429, { 'ratelimit-reset': '9' }],
    () => [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': soon() }],
    () => [429, {}],
  ];
  const peer = await httpPeer((response, _, index) => {
    const refusal = refusals[index]?.();
    if (refusal === undefined) json(response, people(1, 1));
    else response.writeHead(...refusal).end();
  });
  await (await open({ url: peer.url }, deps)).close();
  expect([waited[0], waited[2], waited[4]]).toEqual([5000, 9000, 80_000]);
  for (const wait of [waited[1], waited[3]]) {
    expect(wait).toBeGreaterThan(1000);
    expect(wait).toBeLessThanOrEqual(32_000);
  }
  const late = await httpPeer((response) =>
    response.writeHead(429, { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600) }).end(),
  );
  expect(await whyNot({ url: late.url }, deps)).toContain('no wait that is short enough');
});

it('waits as long as the answer asks, within limits, and asks again', async () => {
  const waited: number[] = [];
  const deps = sourceDeps({}, { sleep: async (ms) => void waited.push(ms) });
  let refusals = 2;
  const peer = await httpPeer((response) => {
    refusals -= 1;
    if (refusals >= 0) response.writeHead(refusals === 0 ? 503 : 429, { 'retry-after': '7' }).end('later');
    else json(response, people(1, 1));
  });
  await (await open({ url: peer.url }, deps)).close();
  expect(waited).toEqual([7000, 7000]);
  refusals = 1000;
  expect(await whyNot({ url: peer.url }, deps)).toContain('it answered 429');
  expect(waited).toHaveLength(7);
  const patient = await httpPeer((response) => response.writeHead(429, { 'retry-after': '3600' }).end());
  expect(await whyNot({ url: patient.url }, deps)).toContain('no wait that is short enough');
  expect(waited).toHaveLength(7);
});

it('sends a secret only to the scheme, host and port that it is bound to, and shows it nowhere', async () => {
  const peer = await httpPeer((response) => json(response, people(1, 1)));
  const secret = (name: string) => (name === 'HR_API' ? 's3cret-value' : undefined);
  const bound = sourceDeps(
    { api_hosts: { HR_API: ['hr.example', peer.url], OTHER: [peer.url] } },
    { secret },
  );
  await (await open({ url: peer.url, secret: 'HR_API' }, bound)).close();
  await (await open({ url: peer.url, secret: 'HR_API', secret_header: 'X-Api-Key' }, bound)).close();
  expect(peer.received.map(({ headers }) => [headers.authorization, headers['x-api-key']])).toEqual([
    ['Bearer s3cret-value', undefined],
    [undefined, 's3cret-value'],
  ]);
  expect(await whyNot({ url: peer.url, secret: 'OTHER' }, bound)).toContain(
    'OPSDECK_JOBS_SECRET_OTHER is not set',
  );
  for (const entry of ['hr.example', '127.0.0.1', `127.0.0.1:${peer.port}`, 'http://127.0.0.1:1']) {
    const elsewhere = sourceDeps({ api_hosts: { HR_API: [entry] } }, { secret });
    expect(await whyNot({ url: peer.url, secret: 'HR_API' }, elsewhere)).toContain(
      'The secret HR_API may not be sent to http://HOST: add "http://HOST" to jobs.uar.settings.api_hosts.HR_API',
    );
  }
  const usual = sourceDeps({ api_hosts: { HR_API: ['localhost'] } }, { secret });
  expect(await whyNot({ url: 'https://localhost:8443/', secret: 'HR_API' }, usual)).toContain(
    'may not be sent to localhost:8443: add "localhost:8443"',
  );
  const cracked = sourceDeps({ api_hosts: { HR_API: [peer.url] } }, { secret: () => 's3cret\nx: y' });
  expect(await whyNot({ url: peer.url, secret: 'HR_API' }, cracked)).not.toContain('s3cret');
  expect(peer.received).toHaveLength(2);
});

it('goes nowhere that a webhook may not go, and speaks https', async () => {
  const peer = await httpPeer((response) => json(response, []));
  const names = namesResolving({ 'hr.example': ['127.0.0.1'], 'cloud.example': ['169.254.169.254'] });
  const web = (allowInternal: boolean) => sourceWeb({ allowInternal, lookup: names });
  const guarded = sourceDeps({}, { web: web(false) });
  const open_ = sourceDeps({}, { web: web(true) });
  expect(await whyNot({ url: `https://hr.example:${peer.port}` }, guarded)).toContain('it may not be asked');
  expect(await whyNot({ url: 'https://cloud.example/' }, open_)).toContain('it may not be asked');
  expect(await whyNot({ url: `https://localhost:${peer.port}` }, open_)).toContain(
    'its certificate was not accepted',
  );
  expect(await whyNot({ url: peer.url }, guarded)).toContain('must begin with https://');
  expect(await whyNot({ url: `http://hr.example:${peer.port}` }, open_)).toContain(
    'must begin with https://',
  );
  expect(await whyNot({ url: 'https://u:p4ss@hr.example' }, guarded)).toContain('has a user or a password');
  expect(await whyNot({ url: 'https://hr.example', headers: { Cookie: 'x' } }, guarded)).toContain(
    'headers.Cookie',
  );
  expect(await whyNot({ url: 'https://hr.example', pages: 3 }, guarded)).toContain('pages');
  expect(peer.received).toHaveLength(0);
});

it.runIf(hasOpenssl())(
  'believes a server whose certificate it can check (needs openssl to make one)',
  async () => {
    const certificate = selfSigned('hr.example');
    const server = createServer(certificate, (_, response) => json(response, people(1, 2)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const lookup = namesResolving({ 'hr.example': ['127.0.0.1'] });
    const deps = sourceDeps({}, { web: sourceWeb({ lookup, ca: certificate.cert }) });
    await (await open({ url: `https://hr.example:${address.port}/` }, deps)).close();
  },
);

it('leaves nothing in the folder for temporary files, not even while it reads, and ends with the run', async () => {
  const folder = await mkdtemp(join(inject('scratch'), 'tmp-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const stop = new AbortController();
  const found: string[][] = [];
  const peer = await httpPeer(async (response, request) => {
    found.push(await readdir(folder));
    if (queryOf(request, 'page') === '1') json(response, people(1, 1));
    else stop.abort(new Error('stopped'));
  });
  const deps = sourceDeps({}, { signal: stop.signal });
  await expect(open({ url: peer.url, pagination: { type: 'page' } }, deps)).rejects.toThrow('stopped');
  expect([...found, await readdir(folder)]).toEqual([[], [], []]);
});
