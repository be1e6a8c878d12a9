import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { z } from 'zod';
import { htmlToMailText } from '../../src/notify/forms/html-to-plain.ts';
import { page } from '../../src/notify/templates/mail-parts.ts';
import { type Measured, measure, median } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const messages = 10_000;
const rounds = 3;
const manyMessages = 100_000;
const fewMessages = 1000;
const mailConnections = 5;

const subject = 'Certificate of {{ recipient_name }} expires';
const html = page(
  'good',
  subject,
  'Your certificate expires in 14 days',
  `<tr><td style="padding:22px 20px"><h1>Hello {{ recipient_name }}</h1>
<p>{% if today %}Today is {{ today }}.{% endif %} Your certificate expires in 14 days. Renew it in the portal, or ask the service desk.</p>
<ul>{% for step in ["Open the portal", "Choose the certificate", "Renew it"] %}<li>{{ loop.index }}. {{ step }}</li>{% endfor %}</ul>
<p><a href="https://opsdeck.example.org/certificates/1">Open it in OpsDeck</a></p></td></tr>`,
);

const runDocument = z.object({ duration_ms: z.number(), result: z.object({ sent: z.number() }) });

interface Peer {
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly child: ChildProcess;
}

/** The outbox end to end (render, send, record) beside nodemailer's pool alone, and beside Graphile Worker whose task posts. */
export async function benchOutbox(context: BenchContext): Promise<Figure[]> {
  const file = join(context.folder, 'outbox-message.json');
  await writeFile(file, JSON.stringify(sameMessage()));
  const peer = await startPeer(context.root);
  try {
    return await compare(context, peer, file);
  } finally {
    peer.child.kill();
  }
}

async function compare(context: BenchContext, peer: Peer, file: string): Promise<Figure[]> {
  const outbox = await openBench(context, peer);
  try {
    const ratios: Record<'mail' | 'webhook', number[]> = { mail: [], webhook: [] };
    const rates: Record<'mail' | 'webhook', number[]> = { mail: [], webhook: [] };
    // In turns, so that a busy moment of the machine hits both.
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of ['mail', 'webhook'] as const) {
        const args =
          kind === 'mail'
            ? ['plain-send.mjs', String(peer.smtpPort), String(mailConnections)]
            : ['graphile-send.mjs', outbox.otherUrl, String(peer.httpPort)];
        const [script = '', ...rest] = args;
        const path = join(context.root, 'test/bench', script);
        const other = await measure(context.root, [path, ...rest, String(messages), file]);
        const own = await outbox.deliver(kind, messages);
        ratios[kind].push(Number(other.stdout) / own.durationMs);
        process.stderr.write(
          `${kind} ${round + 1}: ${Math.round(Number(other.stdout))} ms beside, ours ${own.durationMs} ms\n`,
        );
        rates[kind].push(messages / (own.durationMs / 1000));
      }
    }
    const few = await outbox.deliver('mail', fewMessages);
    const many = await outbox.deliver('mail', manyMessages);
    const growth = many.measured.peakRss - few.measured.peakRss;
    return [
      figure(
        `e-mails over ${mailConnections} connections, beside nodemailer alone`,
        ratios.mail,
        rates.mail,
        0.8,
      ),
      figure('webhooks, beside Graphile Worker (concurrency 24)', ratios.webhook, rates.webhook, 0.9),
      {
        what: 'peak RSS at 100,000 queued over 1,000',
        value: `${Math.round(growth)} MiB (${Math.round(many.measured.peakRss)} − ${Math.round(few.measured.peakRss)})`,
        bar: '≤ 40 MiB',
        met: growth <= 40,
      },
    ];
  } finally {
    await outbox.close();
  }
}

function figure(what: string, ratios: readonly number[], rates: readonly number[], bar: number): Figure {
  const ratio = median(ratios);
  return {
    what,
    value: `${Math.round(median(rates))}/s, ratio ${ratio.toFixed(2)}`,
    bar: `≥ ${bar}`,
    met: ratio >= bar,
  };
}

/** What the outbox renders, as it is then sent. */
function sameMessage() {
  const rendered = html
    .replaceAll('{{ recipient_name }}', 'PERSON')
    .replace(
      /\{% for .*endfor %\}/,
      '<li>1. Open the portal</li><li>2. Choose the certificate</li><li>3. Renew it</li>',
    )
    .replace(/\{% if today %\}|\{% endif %\}/g, '')
    .replace('{{ today }}', '2026-11-24');
  return {
    subject: subject.replace('{{ recipient_name }}', 'PERSON'),
    html: rendered,
    text: htmlToMailText(rendered),
    payload: {
      event: 'ASSET',
      timestamp: '2026-11-24T00:00:00.000Z',
      communication_id: 1,
      data: {
        target_type: 'asset',
        target_id: 1,
        subject: 'Certificate of Person 1 expires',
        recipient_email: 'person1@example.org',
        recipient_name: 'Person 1',
      },
    },
  };
}

async function startPeer(root: string): Promise<Peer> {
  const child = spawn(process.execPath, [join(root, 'test/bench/outbox-peer.mjs')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const first = await lines[Symbol.asyncIterator]().next();
  const ports = z
    .object({ smtpPort: z.number(), httpPort: z.number() })
    .parse(JSON.parse(String(first.value)));
  return { ...ports, child };
}

/** A database of its own, and the program on it. */
async function openBench(context: BenchContext, peer: Peer) {
  const name = 'bench_outbox';
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = context.databaseUrl(name);
  const otherName = 'bench_graphile_worker';
  await admin.query(`create database ${otherName}`);
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  await measure(context.root, [program, 'migrate'], { DATABASE_URL: url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into email_template (name, subject, body_html, is_active) values ('Bench', $1, $2, true)`,
    [subject, html],
  );
  const configFile = join(context.folder, 'outbox-config.json');
  await writeFile(configFile, JSON.stringify({ allow_private_destinations: true }));
  const env = {
    DATABASE_URL: url,
    TIMEZONE: 'UTC',
    SMTP_SERVER: 'localhost',
    SMTP_PORT: String(peer.smtpPort),
    OPSDECK_JOBS_SMTP_STARTTLS: 'off',
    OPSDECK_JOBS_MAIL_CONNECTIONS: String(mailConnections),
    OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
    WEBHOOK_URL: `http://127.0.0.1:${peer.httpPort}/hook`,
    OPSDECK_JOBS_CONFIG: configFile,
  };
  const deliver = async (
    kind: 'mail' | 'webhook',
    count: number,
  ): Promise<{ readonly durationMs: number; readonly measured: Measured }> => {
    await client.query('truncate opsdeck_jobs.message, scheduled_communication');
    await client.query(
      `insert into scheduled_communication
         (template_id, status, scheduled_date, target_type, target_id, recipient_email, recipient_name, channel, retry_count, created_at)
       select t.id, 'pending', current_date, 'asset', n, 'person' || n || '@example.org', 'Person ' || n, $1, 0, now()
         from email_template t, generate_series(1, $2::integer) n`,
      [kind === 'mail' ? 'email' : 'webhook', count],
    );
    await client.query('vacuum analyze scheduled_communication');
    const measured = await measure(context.root, [program, 'run-job', 'communications', '--json'], env);
    const { duration_ms, result } = runDocument.parse(JSON.parse(measured.stdout));
    if (result.sent !== count) throw new Error(`${result.sent} of ${count} were sent`);
    return { durationMs: duration_ms, measured };
  };
  const close = async () => {
    await client.end();
    for (const one of [name, otherName]) await admin.query(`drop database ${one} with (force)`);
    await admin.end();
  };
  return { deliver, close, otherUrl: context.databaseUrl(otherName) };
}
