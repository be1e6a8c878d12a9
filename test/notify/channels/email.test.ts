import { domainToUnicode } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../../src/notify/delivery/outcome.ts';
import { hasOpenssl, mail, mailChannel, mailPeer, reply, selfSigned } from './mail-peer.ts';
import { closedPort, tcpPeer } from './peers.ts';

const plain = { disabledCommands: ['STARTTLS', 'AUTH'] };
const off = { starttls: 'off' } as const;
const uuid = (index: number) => `0b8f6a52-6f0e-4b6e-9df2-${String(index).padStart(12, '0')}`;

/** Of the server it repeats only the name that the settings have. */
function clean(outcome: DeliveryOutcome): DeliveryOutcome {
  expect(JSON.stringify(outcome)).not.toMatch(/s3cret|(?<!the mail server )localhost|127\.0\.0\.1/);
  return outcome;
}

describe.runIf(hasOpenssl())('encryption (needs openssl to make certificates)', () => {
  const own = selfSigned('localhost');
  const other = selfSigned('localhost');
  const elsewhere = selfSigned('mail.example');

  it('STARTTLS with a trusted certificate and a login', async () => {
    const peer = await mailPeer({
      ...own,
      authOptional: false,
      onAuth: ({ username, password }, _, callback) =>
        callback(null, username === 'opsdeck' && password === 's3cret' ? { user: username } : {}),
    });
    const channel = mailChannel({
      port: peer.port,
      ca: own.cert,
      login: { user: 'opsdeck', password: 's3cret' },
    });
    expect(await channel.check()).toEqual({ kind: 'ready' });
    expect(await channel.send(mail())).toMatchObject({ kind: 'sent' });
    expect(peer.mails).toMatchObject([{ secure: true, user: 'opsdeck' }]);
  });

  it.each([
    ['no known authority signed the certificate', own, undefined],
    ['another authority signed it', own, other.cert],
    ['the certificate is of another host', elsewhere, elsewhere.cert],
  ])('no mail is sent and no attempt lost if %s', async (_, certificate, ca) => {
    const peer = await mailPeer(certificate);
    const channel = mailChannel({ port: peer.port, ...(ca === undefined ? {} : { ca }) });
    expect(clean(await channel.send(mail()))).toMatchObject({
      kind: 'retry',
      code: 'tls_refused',
      costsAttempt: false,
      mayHaveArrived: false,
    });
    expect(await channel.check()).toMatchObject({ kind: 'refused' });
    expect(peer.mails).toEqual([]);
  });

  it('no mail is sent in the clear to a server without STARTTLS unless that is asked for by name', async () => {
    const peer = await mailPeer(plain);
    const strict = mailChannel({ port: peer.port });
    expect(await strict.send(mail())).toMatchObject({ code: 'tls_refused', costsAttempt: false });
    expect(peer.mails).toEqual([]);
    expect(await mailChannel({ port: peer.port, ...off }).send(mail())).toMatchObject({ kind: 'sent' });
    expect(peer.mails).toMatchObject([{ secure: false }]);
  });

  it('TLS from the first byte on another port: `mail.tls: implicit` sends, STARTTLS names that setting', async () => {
    const peer = await mailPeer({ ...own, secure: true });
    const trusting = { port: peer.port, ca: own.cert };
    expect(await mailChannel({ ...trusting, implicitTls: true }).send(mail())).toMatchObject({
      kind: 'sent',
    });
    expect(peer.mails).toMatchObject([{ secure: true }]);
    const timeouts = { connectMs: 2000, greetingMs: 200, silenceMs: 2000, totalMs: 5000 };
    const waiting = mailChannel({ ...trusting, timeouts });
    const next = expect.stringContaining('mail.tls to implicit');
    expect(await waiting.send(mail())).toMatchObject({ code: 'server_away', costsAttempt: false, next });
    expect(await waiting.check()).toMatchObject({ kind: 'away', next });
  });

  it.each([
    ['a private authority', own, { starttls: 'required', implicitTls: false }, /mail\.ca_file/],
    [
      'a private authority, TLS from the first byte',
      own,
      { implicitTls: true, secure: true },
      /mail\.ca_file/,
    ],
    ['a certificate of another host', elsewhere, { ca: elsewhere.cert }, /SMTP_SERVER/],
    ['no STARTTLS', own, { disabledCommands: ['STARTTLS'] }, /mail\.starttls/],
    ['no TLS from the first byte', own, { implicitTls: true }, /mail\.tls/],
  ] as const)('the next step names the setting that answers: %s', async (_, certificate, change, setting) => {
    const { secure, disabledCommands, ...options } = { secure: false, disabledCommands: [], ...change };
    const peer = await mailPeer({ ...certificate, secure, disabledCommands: [...disabledCommands] });
    const channel = mailChannel({ port: peer.port, ...options });
    const next = expect.stringMatching(setting);
    expect(await channel.send(mail())).toMatchObject({ code: 'tls_refused', costsAttempt: false, next });
    expect(await channel.check()).toMatchObject({ kind: 'refused', next });
    expect(peer.mails).toEqual([]);
  });

  it('a server that takes STARTTLS and then talks nonsense gets nothing', async () => {
    const peer = await tcpPeer((socket) => {
      socket.write('220 there\r\n');
      socket.on('data', (data) => {
        if (/^EHLO/.test(String(data))) socket.write('250-there\r\n250 STARTTLS\r\n');
        else if (/^STARTTLS/.test(String(data))) socket.write('220 go\r\n250 injected\r\n');
        else socket.write('nonsense\r\n');
      });
    });
    expect(await mailChannel({ port: peer.port }).send(mail())).toMatchObject({
      kind: 'retry',
      code: 'tls_refused',
      mayHaveArrived: false,
    });
  });

  it.each([
    [
      535,
      'login_refused',
      'refused',
      'the mail server refused the login: 535 5.7.139 no [secret] [secret] https://aka.ms/x',
    ],
    [
      454,
      'server_busy',
      'away',
      'the mail server answered 454 5.7.139 no [secret] [secret] https://aka.ms/x',
    ],
  ])(
    "a refused login (%i) loses no attempt; the server's words come without the login",
    async (code, name, kind, reason) => {
      const peer = await mailPeer({
        ...own,
        onAuth: (_, __, callback) => callback(reply(code, '5.7.139 no opsdeck s3cret https://aka.ms/x')),
      });
      const channel = mailChannel({
        port: peer.port,
        ca: own.cert,
        login: { user: 'opsdeck', password: 's3cret' },
      });
      expect(clean(await channel.send(mail()))).toMatchObject({
        kind: 'retry',
        code: name,
        reason,
        costsAttempt: false,
        mayHaveArrived: false,
      });
      expect(await channel.check()).toMatchObject({ kind, reason });
    },
  );
});

describe('what a mail consists of', () => {
  const sent = async (change: Parameters<typeof mail>[0]) => {
    const peer = await mailPeer(plain);
    expect(await mailChannel({ port: peer.port, ...off }).send(mail(change))).toMatchObject({ kind: 'sent' });
    const [received] = peer.mails;
    if (received === undefined) throw new Error('no mail arrived');
    return received;
  };

  it('has HTML, its text, and headers that depend on the message alone', async () => {
    const { from, to, parsed, raw } = await sent({});
    expect({ from, to }).toEqual({ from: 'opsdeck@company.example', to: ['ana@example.com'] });
    expect(parsed.subject).toBe('License expiring: Figma');
    expect(parsed.from?.value).toEqual([{ name: 'OpsDeck', address: 'opsdeck@company.example' }]);
    expect(parsed.to).toMatchObject({ value: [{ name: 'Ana', address: 'ana@example.com' }] });
    expect(parsed.messageId).toBe('<0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11@company.example>');
    expect(parsed.date).toEqual(new Date('2026-11-24T09:30:00.000Z'));
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed.replyTo).toBeUndefined();
    expect(parsed.headers.has('x-opsdeck-possible-repeat')).toBe(false);
    expect(parsed.html).toContain('<b>5 December</b>');
    expect(parsed.text?.trim()).toBe('License\n\nIt ends on 5 December. Open [https://o.example/l/7]');
    expect(raw.split('\r\n').every((line) => line.length <= 998)).toBe(true);
  });

  it('answers go to the address for answers', async () => {
    const { parsed } = await sent({ replyTo: 'it@company.example' });
    expect(parsed.replyTo?.value).toEqual([{ name: '', address: 'it@company.example' }]);
  });

  it('the mails of a thread refer to its first, whose Message-ID follows from the thread', async () => {
    const thread = { key: 'job-failed:sweep:1 ana@example.com', begins: true };
    const first = await sent({ thread });
    const answer = await sent({
      thread: { ...thread, begins: false },
      id: '1b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
    });
    expect(first.parsed.messageId).toMatch(/^<thread-[0-9a-f]{32}@company\.example>$/);
    expect([first.parsed.references, first.parsed.inReplyTo]).toEqual([undefined, undefined]);
    expect(answer.parsed.messageId).toBe('<1b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11@company.example>');
    expect([answer.parsed.references, answer.parsed.inReplyTo]).toEqual([
      first.parsed.messageId,
      first.parsed.messageId,
    ]);
    expect(answer.raw).toContain('List-ID: <license-expiring.opsdeck-jobs.company.example>');
    expect(answer.raw).toContain('X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply');
  });

  it('a possible repeat is marked in a header, the HTML and the text, under the same Message-ID', async () => {
    const { parsed } = await sent({ possibleRepeat: true, attempt: 2 });
    expect(parsed.messageId).toBe('<0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11@company.example>');
    expect(parsed.headers.get('x-opsdeck-possible-repeat')).toBe('yes; attempt=2');
    expect(parsed.text).toMatch(/^You may have received this message before/);
    expect(parsed.html).toMatch(/<body><p[^>]*>You may have received this message before/);
  });

  it('other alphabets, emoji and long lines arrive as they were', async () => {
    const { parsed } = await sent({
      subject: '⚠️ Caducidad: ñandú 日本語',
      from: { name: 'Operaciones "Ñ", S.L.', address: 'opsdeck@company.example' },
      html: `<p>${'ж'.repeat(5000)}</p>`,
    });
    expect(parsed.subject).toBe('⚠️ Caducidad: ñandú 日本語');
    expect(parsed.from?.value).toMatchObject([{ name: 'Operaciones "Ñ", S.L.' }]);
    expect(parsed.html).toContain('ж'.repeat(5000));
  });

  it.each(['\r\n', '\n', '\r', '\u2028', '\u0085', '\0', '\r\n\r\n'])(
    'no text begins a header: %j',
    async (end) => {
      const evil = `x${end}Bcc: evil@example.com${end}X-Evil: yes`;
      const { parsed, to } = await sent({
        subject: evil,
        from: { name: evil, address: 'opsdeck@company.example' },
        to: { name: `${evil}" <evil@example.com>, "`, address: 'ana@example.com' },
      });
      expect(to).toEqual(['ana@example.com']);
      expect(parsed.headers.has('bcc')).toBe(false);
      expect(parsed.headers.has('x-evil')).toBe(false);
      expect(parsed.to).toMatchObject({ value: [{ address: 'ana@example.com' }] });
      expect(parsed.html).toContain('<h2>License</h2>');
    },
  );

  it.each([
    'ana@example.com\r\nRCPT TO:<evil@example.com>',
    'ana@example.com, evil@example.com',
    'ana@example.com> SIZE=1',
    'Ana <ana@example.com>',
    'nobody',
    '@',
    '',
  ])('%j is no recipient, and nothing is sent', async (address) => {
    const peer = await mailPeer(plain);
    const outcome = await mailChannel({ port: peer.port, ...off }).send(
      mail({ to: { name: null, address } }),
    );
    expect(outcome).toMatchObject({ kind: 'failed', code: 'invalid_address' });
    expect(peer.connections()).toBe(0);
  });
});

describe('what a server answers', () => {
  it('a refused recipient fails one mail; the others go over the same connection', async () => {
    const peer = await mailPeer({
      ...plain,
      onRcptTo: ({ address }, _, callback) =>
        callback(address.startsWith('gone') ? reply(550, '5.1.1 User unknown') : null),
    });
    const channel = mailChannel({ port: peer.port, ...off, connections: 1 });
    const outcomes = await Promise.all(
      ['a', 'gone', 'b'].map((name, index) =>
        channel.send(mail({ id: uuid(index), to: { name, address: `${name}@example.com` } })),
      ),
    );
    expect(outcomes).toMatchObject([
      { kind: 'sent' },
      { kind: 'failed', code: 'refused', reason: 'the mail server answered 550 5.1.1 User unknown' },
      { kind: 'sent' },
    ]);
    expect(peer.mails.map(({ to }) => to)).toEqual([['a@example.com'], ['b@example.com']]);
    expect(peer.connections()).toBe(1);
  });

  it.each([
    ['MAIL FROM', 451, 'onMailFrom', { kind: 'retry', code: 'server_busy', costsAttempt: false }],
    ['MAIL FROM', 550, 'onMailFrom', { kind: 'retry', code: 'sender_refused', costsAttempt: false }],
    ['RCPT TO', 450, 'onRcptTo', { kind: 'retry', code: 'recipient_later', costsAttempt: false }],
    ['RCPT TO', 553, 'onRcptTo', { kind: 'failed', code: 'refused' }],
  ] as const)('%s %i', async (_, code, hook, expected) => {
    const peer = await mailPeer({
      ...plain,
      [hook]: (_address: unknown, _session: unknown, callback: (error: Error) => void) =>
        callback(reply(code, 'no')),
    });
    const outcome = await mailChannel({ port: peer.port, ...off }).send(mail());
    expect(outcome).toMatchObject({
      ...expected,
      ...(expected.kind === 'retry' ? { mayHaveArrived: false } : {}),
    });
    expect(peer.mails).toEqual([]);
  });

  it.each([
    [452, { kind: 'retry', code: 'server_busy', mayHaveArrived: false }],
    [552, { kind: 'failed', code: 'refused' }],
  ])('the whole mail, %i', async (code, expected) => {
    const peer = await mailPeer({
      ...plain,
      onData: (stream, _, callback) => stream.resume().on('end', () => callback(reply(code, 'no room'))),
    });
    expect(await mailChannel({ port: peer.port, ...off }).send(mail())).toMatchObject(expected);
  });

  it('the id that the server gives the mail is kept', async () => {
    const peer = await mailPeer({
      ...plain,
      onData: (stream, _, callback) =>
        stream.resume().on('end', () => callback(null, '2.0.0 Ok: queued as 4FzQ1k2')),
    });
    expect(await mailChannel({ port: peer.port, ...off }).send(mail())).toEqual({
      kind: 'sent',
      providerId: '4FzQ1k2',
    });
  });

  it.each([421, 554])('a server that greets with %i is away, whatever the code', async (code) => {
    const peer = await mailPeer({ ...plain, onConnect: (_, callback) => callback(reply(code, 'not today')) });
    const channel = mailChannel({ port: peer.port, ...off });
    expect(await channel.send(mail())).toMatchObject({
      kind: 'retry',
      code: 'server_away',
      mayHaveArrived: false,
    });
    expect(await channel.check()).toMatchObject({ kind: 'away' });
  });
});

describe('addresses beyond ASCII', () => {
  const to = (address: string) => mail({ to: { name: null, address } });

  it.each(['ana@bücher.example', 'ana@例え.example'])(
    'a domain of any script is written in its ASCII form, to a server without SMTPUTF8 as well: %s',
    async (address) => {
      const peer = await mailPeer({ ...plain, hideSMTPUTF8: true });
      expect(await mailChannel({ port: peer.port, ...off }).send(to(address))).toMatchObject({
        kind: 'sent',
      });
      const [received] = peer.mails;
      expect(received?.to.map((one) => domainToUnicode(one.slice(4)))).toEqual([address.slice(4)]);
      expect(received?.raw).toMatch(/^To: ana@xn--[a-z0-9-]+\.example\r$/m);
    },
  );

  it('a name before the @ arrives at a server with SMTPUTF8', async () => {
    const peer = await mailPeer(plain);
    const channel = mailChannel({ port: peer.port, ...off });
    for (const address of ['añá@example.com', 'añá@bücher.example']) {
      expect(await channel.send(to(address))).toMatchObject({ kind: 'sent' });
    }
    expect(peer.mails.map((one) => one.to)).toEqual([['añá@example.com'], ['añá@bücher.example']]);
    // One to ask, one for both mails.
    expect(peer.connections()).toBe(2);
  });

  it('fails with that reason on a server without SMTPUTF8, which would have taken it; the others go', async () => {
    const peer = await mailPeer({ ...plain, hideSMTPUTF8: true });
    const channel = mailChannel({ port: peer.port, ...off });
    expect(await channel.send(to('añá@example.com'))).toEqual({
      kind: 'failed',
      code: 'needs_smtputf8',
      reason:
        "the recipient's address has letters beyond ASCII before the @, and the mail server does not offer SMTPUTF8",
    });
    expect(await channel.send(mail())).toMatchObject({ kind: 'sent' });
    expect(peer.mails.map((one) => one.to)).toEqual([['ana@example.com']]);
  });

  it("as the sender's address stops everybody, with the setting that answers it", async () => {
    const peer = await mailPeer({ ...plain, hideSMTPUTF8: true });
    const from = { name: 'OpsDeck', address: 'alarmas-ñ@example.com' };
    expect(await mailChannel({ port: peer.port, ...off }).send(mail({ from }))).toMatchObject({
      ...{ kind: 'retry', code: 'sender_refused', costsAttempt: false, mayHaveArrived: false },
      next: expect.stringContaining('OPSDECK_JOBS_MAIL_FROM'),
    });
    expect(peer.mails).toEqual([]);
  });

  it('is not failed while the server is away', async () => {
    const channel = mailChannel({ port: await closedPort(), ...off });
    expect(await channel.send(to('añá@example.com'))).toMatchObject({
      ...{ kind: 'retry', code: 'server_away', costsAttempt: false, mayHaveArrived: false },
    });
  });

  it('the headers name the ASCII form of the domain of the sender', async () => {
    const peer = await mailPeer({ ...plain, hideSMTPUTF8: true });
    const from = { name: 'OpsDeck', address: 'opsdeck@bücher.example' };
    expect(await mailChannel({ port: peer.port, ...off }).send(mail({ from }))).toMatchObject({
      kind: 'sent',
    });
    expect(peer.mails[0]?.parsed.messageId).toMatch(/@xn--bcher-kva\.example>$/);
  });
});

describe('servers that misbehave', () => {
  const timeouts = { connectMs: 2000, greetingMs: 300, silenceMs: 300, totalMs: 3000 };
  /** Talks SMTP line by line. */
  const talking = (answers: (line: string) => string | undefined) =>
    tcpPeer((socket) => {
      socket.write('220 there\r\n');
      let rest = '';
      socket.on('data', (data) => {
        rest += String(data);
        for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
          const answer = answers(rest.slice(0, end));
          rest = rest.slice(end + 2);
          if (answer === 'close') socket.destroy();
          else if (answer !== undefined) socket.write(`${answer}\r\n`);
        }
      });
    });
  const polite = (line: string) =>
    /^DATA$/.test(line) ? '354 go' : /^(?:EHLO|MAIL|RCPT)/.test(line) ? '250 ok' : undefined;

  it('no process listens: the server is away', async () => {
    const port = await closedPort();
    const channel = mailChannel({ port, ...off, timeouts });
    const reason = `no connection to the mail server localhost:${port} (ECONNREFUSED)`;
    expect(clean(await channel.send(mail()))).toEqual({
      kind: 'retry',
      code: 'server_away',
      reason,
      costsAttempt: false,
      mayHaveArrived: false,
    });
    expect(await channel.check()).toEqual({ kind: 'away', reason });
  });

  it('a name that does not exist: the server is away', async () => {
    const channel = mailChannel({ host: 'mail.invalid', port: 25, ...off, timeouts });
    expect(await channel.send(mail())).toMatchObject({ code: 'server_away', mayHaveArrived: false });
  });

  it('hangs before its greeting: away', async () => {
    const peer = await tcpPeer(() => {});
    const outcome = await mailChannel({ port: peer.port, ...off, timeouts }).send(mail());
    expect(outcome).toMatchObject({ kind: 'retry', code: 'server_away', mayHaveArrived: false });
  });

  it('hangs up before its greeting: away', async () => {
    const peer = await tcpPeer((socket) => socket.end());
    const channel = mailChannel({ port: peer.port, ...off, timeouts, connections: 2 });
    const outcome = await channel.send(mail());
    expect(outcome).toMatchObject({ kind: 'retry', code: 'server_away', mayHaveArrived: false });
  });

  it('hangs after the mail: it may have arrived', async () => {
    const peer = await talking(polite);
    const outcome = await mailChannel({ port: peer.port, ...off, timeouts }).send(mail());
    expect(outcome).toMatchObject({
      kind: 'retry',
      code: 'timed_out',
      costsAttempt: true,
      mayHaveArrived: true,
    });
  });

  it('drops the connection in the middle of a mail: it may have arrived, and is not sent again here', async () => {
    let mails = 0;
    const peer = await talking((line) => {
      if (line === 'DATA') mails += 1;
      return line.startsWith('Subject:') ? 'close' : polite(line);
    });
    const outcome = await mailChannel({ port: peer.port, ...off, timeouts }).send(mail());
    expect(outcome).toMatchObject({ kind: 'retry', code: 'connection_lost', mayHaveArrived: true });
    expect(mails).toBe(1);
  });

  it('answers each line only to keep us waiting: the total time ends it', async () => {
    const peer = await tcpPeer((socket) => {
      socket.write('220 there\r\n');
      const drip = setInterval(() => socket.write('250-more\r\n'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const channel = mailChannel({ port: peer.port, ...off, timeouts: { ...timeouts, totalMs: 400 } });
    expect(await channel.send(mail())).toMatchObject({
      kind: 'retry',
      code: 'timed_out',
      mayHaveArrived: false,
    });
  });

  it('closed a connection that was idle: the next mail takes a new one and arrives once', async () => {
    const closing: (() => void)[] = [];
    const peer = await mailPeer({ ...plain, socketTimeout: 200, onClose: () => closing.shift()?.() });
    const channel = mailChannel({ port: peer.port, ...off });
    const closed = new Promise<void>((resolve) => closing.push(resolve));
    expect(await channel.send(mail({ id: uuid(1) }))).toMatchObject({ kind: 'sent' });
    await closed;
    expect(await channel.send(mail({ id: uuid(2) }))).toMatchObject({ kind: 'sent' });
    expect(peer.mails).toHaveLength(2);
    expect(peer.connections()).toBe(2);
  });

  it('dropped all connections that were idle, which shows only at the next mail: it takes a new one and arrives once', async () => {
    const arrived: string[] = [];
    let connections = 0;
    const peer = await tcpPeer((socket) => {
      connections += 1;
      let mails = 0;
      socket.write('220 there\r\n');
      socket.on('data', (data) => {
        for (const line of String(data).split('\r\n')) {
          if (line.startsWith('MAIL')) mails += 1;
          if (mails > 1) {
            socket.destroy();
            return;
          }
          const id = /^Message-ID: (.+)/i.exec(line)?.[1];
          if (id !== undefined) arrived.push(id);
          const answer = line === '.' ? '250 taken' : polite(line);
          if (answer !== undefined) socket.write(`${answer}\r\n`);
        }
      });
    });
    const channel = mailChannel({ port: peer.port, ...off, connections: 3 });
    const ids = [1, 2, 3].map(uuid);
    const first = await Promise.all(ids.map((id) => channel.send(mail({ id }))));
    expect(first.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'sent']);
    expect(await channel.send(mail({ id: uuid(4) }))).toMatchObject({ kind: 'sent' });
    expect(new Set(arrived).size).toBe(4);
    expect(arrived).toHaveLength(4);
    expect(connections).toBe(4);
  });

  it('drops the connection before it asks for a mail: it has not arrived', async () => {
    const peer = await talking((line) => (line === 'DATA' ? 'close' : polite(line)));
    const outcome = await mailChannel({ port: peer.port, ...off, timeouts }).send(mail());
    expect(outcome).toMatchObject({ kind: 'retry', code: 'connection_lost', mayHaveArrived: false });
  });

  it('the signal ends a mail that hangs, and one that waits sends nothing', async () => {
    const stop = new AbortController();
    const peer = await talking((line) => {
      if (line === '.') stop.abort();
      return polite(line);
    });
    const channel = mailChannel({ port: peer.port, ...off, connections: 1 });
    const outcomes = await Promise.all(
      [1, 2].map((index) => channel.send(mail({ id: uuid(index) }), stop.signal)),
    );
    expect(outcomes).toMatchObject([
      { kind: 'retry', code: 'interrupted', costsAttempt: false, mayHaveArrived: true },
      { kind: 'retry', code: 'interrupted', costsAttempt: false, mayHaveArrived: false },
    ]);
  });
});

it('one connection after another is used up, and every mail arrives once', async () => {
  const peer = await mailPeer(plain);
  const channel = mailChannel({ port: peer.port, ...off, connections: 1 });
  const outcomes = await Promise.all(
    Array.from({ length: 120 }, (_, index) => channel.send(mail({ id: uuid(index) }))),
  );
  expect(outcomes.every(({ kind }) => kind === 'sent')).toBe(true);
  const ids = peer.mails.map(({ parsed }) => parsed.messageId);
  expect(new Set(ids).size).toBe(120);
  expect(ids).toHaveLength(120);
  expect(peer.connections()).toBe(2);
});
