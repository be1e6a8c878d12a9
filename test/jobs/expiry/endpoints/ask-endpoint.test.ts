import { lookup } from 'node:dns';
import { createServer as createPlain, type LookupFunction, type Server, type Socket } from 'node:net';
import { createServer as createSecure } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { afterAll, expect, it } from 'vitest';
import { askEndpoint } from '../../../../jobs/expiry/endpoints/ask-endpoint.ts';
import { readEndpoint } from '../../../../jobs/expiry/endpoints/endpoint.ts';
import { faultsOf, validityFault } from '../../../../jobs/expiry/endpoints/judge-endpoint.ts';
import { type MadeCertificate, makeCertificate } from '../../../support/certificate-maker.ts';

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function portOf(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Serves a certificate over TLS, and remembers the names that were asked for. */
async function serving(made: MadeCertificate, chain: readonly MadeCertificate[] = [], host = '127.0.0.1') {
  const asked: string[] = [];
  const server = createSecure({
    key: made.key,
    cert: [made, ...chain].map(({ pem }) => pem).join(''),
    SNICallback: (name, use) => {
      asked.push(name);
      use(null);
    },
  });
  return { port: await portOf(server, host), asked };
}

/** Every name is this machine. */
const here: LookupFunction = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);

function ask(typed: string, options: Partial<Parameters<typeof askEndpoint>[1]> = {}) {
  const endpoint = readEndpoint(typed);
  if ('problem' in endpoint) throw new Error(endpoint.problem);
  const { signal } = new AbortController();
  return askEndpoint(endpoint, {
    networks: ['127.0.0.0/8', '::1/128'],
    lookup: here,
    timeoutMs: 5000,
    signal,
    ...options,
  });
}

const root = makeCertificate({ name: 'Example Root', authority: true, days: 900 });
const between = makeCertificate({ name: 'Example CA', authority: true, by: root, days: 500 });
const www = makeCertificate({ name: 'www.example.org', by: between });

it('reads the certificate that is served for the name that was asked, and where it ends', async () => {
  const { port, asked } = await serving(www, [between, root]);
  expect(await ask(`WWW.example.org.:${port}`)).toMatchObject({
    kind: 'served',
    certificate: {
      fingerprint: www.fingerprint,
      name: 'www.example.org',
      issuer: 'Example CA',
      notAfter: www.notAfter,
      nameFits: true,
      trust: 'SELF_SIGNED_CERT_IN_CHAIN',
    },
  });
  expect(await ask(`other.example.org:${port}`)).toMatchObject({ certificate: { nameFits: false } });
  expect(asked).toEqual(['www.example.org', 'other.example.org']);
});

it('judges what is wrong with what is served', async () => {
  const faults = async (
    made: MadeCertificate,
    chain: readonly MadeCertificate[] = [],
    host = 'www.example.org',
  ) => {
    const { port } = await serving(made, chain);
    const observed = await ask(`${host}:${port}`);
    if (observed.kind !== 'served') throw new Error(observed.why);
    const now = new Date();
    return [
      ...faultsOf(observed.certificate, now),
      validityFault(observed.certificate, now, 'UTC')?.slice(0, 40),
    ];
  };
  expect(await faults(www)).toEqual(['incomplete_chain', undefined]);
  expect(await faults(www, [between])).toEqual(['incomplete_chain', undefined]);
  expect(await faults(www, [between, root])).toEqual(['untrusted', undefined]);
  expect(await faults(makeCertificate({ name: 'www.example.org' }))).toEqual(['untrusted', undefined]);
  expect(await faults(makeCertificate({}))).toEqual(['untrusted', 'name_mismatch', undefined]);
  expect(await faults(makeCertificate({ names: ['127.0.0.1'] }), [], '127.0.0.1')).toEqual([
    'untrusted',
    undefined,
  ]);
  const ended = makeCertificate({ name: 'www.example.org', from: -90, days: -2 });
  expect((await faults(ended)).at(-1)).toMatch(/^serves a certificate that expired on/);
});

it('asks a mail server for encryption first', async () => {
  const server = new SMTPServer({ key: www.key, cert: www.pem, disabledCommands: ['AUTH'] });
  server.on('error', () => {});
  const port = await portOf(server.server);
  expect(await ask(`smtp+starttls:www.example.org:${port}`)).toMatchObject({
    kind: 'served',
    certificate: { fingerprint: www.fingerprint, nameFits: true },
  });
  const plain = new SMTPServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  expect(await ask(`smtp+starttls:www.example.org:${await portOf(plain.server)}`)).toEqual({
    kind: 'failed',
    why: 'it does not offer STARTTLS',
  });
});

const silent = (_socket: Socket) => {};
it.each([
  ['accepts and sends nothing', silent, '', 'no answer in 0.2 seconds'],
  [
    'closes at once',
    (socket: Socket) => socket.destroy(),
    '',
    'it closes the connection before a certificate is sent (ECONNRESET)',
  ],
  [
    'ends at once',
    (socket: Socket) => socket.end(),
    '',
    'it closes the connection before a certificate is sent (ECONNRESET)',
  ],
  [
    'speaks another protocol',
    (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    '',
    /^it answers, but there is no TLS connection \(/,
  ],
  ['sends nothing to a mail client', silent, 'smtp+starttls:', 'no answer in 0.2 seconds'],
  [
    'is no mail server',
    (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    'smtp+starttls:',
    'it does not greet as a mail server does',
  ],
  [
    'greets without an end',
    (socket: Socket) => socket.write('220-more\r\n'.repeat(3000)),
    'smtp+starttls:',
    'it does not greet as a mail server does',
  ],
  [
    'refuses a mail client',
    (socket: Socket) => socket.write('554 no\r\n'),
    'smtp+starttls:',
    'it does not greet as a mail server does',
  ],
  [
    'leaves a mail client',
    (socket: Socket) => socket.end(),
    'smtp+starttls:',
    'it closed the connection before it could be asked for encryption',
  ],
  [
    'promises encryption and has none',
    (socket: Socket) => {
      socket.write('220 here\r\n');
      socket.on('data', (data) =>
        socket.write(
          String(data).startsWith('EHLO')
            ? '250-here\r\n250 STARTTLS\r\n'
            : '220 go\r\n'.concat(String(data).startsWith('STARTTLS') ? '' : 'x'),
        ),
      );
    },
    'smtp+starttls:',
    /^(?:it answers, but there is no TLS connection|no answer)/,
  ],
])('a server that %s is a failure with its reason', async (_what, answer, prefix, why) => {
  const port = await portOf(createPlain(answer));
  const observed = await ask(`${prefix}localhost:${port}`, { timeoutMs: 200 });
  expect(observed).toEqual({
    kind: 'failed',
    why: typeof why === 'string' ? why : expect.stringMatching(why),
  });
});

it('a port that nothing listens on, and a name that does not exist', async () => {
  const server = createPlain();
  const port = await portOf(server);
  await new Promise((done) => server.close(done));
  expect(await ask(`localhost:${port}`)).toEqual({
    kind: 'failed',
    why: 'the connection is refused (ECONNREFUSED)',
  });
  expect(await ask('nowhere.invalid:443', { lookup })).toMatchObject({ kind: 'failed' });
  expect(await ask('localhost:443', { lookup: () => {}, timeoutMs: 50 })).toEqual({
    kind: 'failed',
    why: 'no answer in 0.05 seconds',
  });
});

it('connects only to addresses that are allowed, which are looked up once', async () => {
  const { port, asked } = await serving(www);
  const refused = { kind: 'refused', why: 'its address is of this host, which is not allowed' };
  expect(await ask(`www.example.org:${port}`, { networks: ['10.0.0.0/8'] })).toEqual(refused);
  expect(await ask(`127.0.0.1:${port}`, { networks: [] })).toEqual(refused);
  expect(await ask(`[::ffff:127.0.0.1]:${port}`, { networks: [] })).toEqual(refused);
  expect(await ask('169.254.169.254:443', { networks: 'all' })).toEqual({
    kind: 'refused',
    why: 'its address is link-local',
  });
  // The second answer would lead to an address that nobody judged.
  const answers = [['127.0.0.1'], ['10.0.0.1']];
  let lookups = 0;
  const changing: LookupFunction = (_host, _options, done) => {
    done(
      null,
      (answers[lookups++] ?? []).map((address) => ({ address, family: 4 })),
    );
  };
  expect(await ask(`www.example.org:${port}`, { lookup: changing })).toMatchObject({ kind: 'served' });
  expect(lookups).toBe(1);
  // Of several, only those that are allowed; the first that accepts counts.
  const several: LookupFunction = (_host, _options, done) =>
    done(
      null,
      ['10.0.0.1', '127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 })),
    );
  expect(await ask(`www.example.org:${port}`, { lookup: several })).toMatchObject({ kind: 'served' });
  expect(asked).toEqual(['www.example.org', 'www.example.org']);
});

it('reaches IPv6 addresses', async () => {
  const { port } = await serving(www, [], '::1');
  expect(await ask(`[::1]:${port}`)).toMatchObject({ kind: 'served', certificate: { nameFits: false } });
});

it.each([
  ['www.example.org:443', 'www.example.org:443'],
  [' WWW.Example.org.:443 ', 'www.example.org:443'],
  ['smtp+starttls:mail.example.org:25', 'smtp+starttls:mail.example.org:25'],
  ['SMTP+STARTTLS://mail.example.org:587', 'smtp+starttls:mail.example.org:587'],
  ['bücher.example:443', 'xn--bcher-kva.example:443'],
  ['10.0.0.1:8443', '10.0.0.1:8443'],
  ['[2001:DB8::1]:443', '[2001:db8::1]:443'],
  ['www.example.org', 'is not HOST:PORT'],
  ['www.example.org:0', 'has the port 0, which is not from 1 to 65535'],
  ['www.example.org:65536', 'has the port 65536, which is not from 1 to 65535'],
  ['2001:db8::1', 'is an IPv6 address: give it as [2001:db8::1]:443'],
  ['[fe80::1%eth0]:443', "has no host that can be asked: 'fe80::1%eth0'"],
  ['https://www.example.org:443', 'begins with https:, which is not read: give HOST:PORT'],
  [':443', "has no host that can be asked: ''"],
  ['a b:443', "has no host that can be asked: 'a b'"],
  ['', 'is not HOST:PORT'],
])('the endpoint %j is %s', (typed, expected) => {
  const read = readEndpoint(typed);
  expect('problem' in read ? read.problem : read.text).toBe(expected);
});
