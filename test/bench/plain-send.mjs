// What nothing can be faster than: nodemailer's pool, or undici, alone. Arguments: mail|webhook, port, count, file of the message.
import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { Agent, request } from 'undici';

const [kind, port, count, file] = process.argv.slice(2);
const message = JSON.parse(await readFile(file, 'utf8'));
const about = (text, n) => text.replaceAll('PERSON', `Person ${n}`);

function mailSender() {
  const transport = createTransport({
    pool: true,
    host: 'localhost',
    port: Number(port),
    ignoreTLS: true,
    maxConnections: 5,
    maxMessages: 100,
  });
  const send = (n) =>
    transport.sendMail({
      from: { name: 'OpsDeck', address: 'opsdeck@example.org' },
      to: { name: `Person ${n}`, address: `person${n}@example.org` },
      subject: about(message.subject, n),
      html: about(message.html, n),
      text: about(message.text, n),
    });
  return { send, inHand: 100, close: () => transport.close() };
}

function webhookSender() {
  const agent = new Agent({ connections: 8, pipelining: 1 });
  const send = async (n) => {
    const answer = await request(`http://127.0.0.1:${port}/hook`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...message.payload, communication_id: n }),
    });
    await answer.body.dump();
  };
  return { send, inHand: 100, close: () => agent.close() };
}

const { send, inHand, close } = kind === 'mail' ? mailSender() : webhookSender();
const started = performance.now();
let next = 1;
const lane = async () => {
  while (next <= Number(count)) {
    const n = next;
    next += 1;
    await send(n);
  }
};
await Promise.all(Array.from({ length: inHand }, lane));
process.stdout.write(`${performance.now() - started}\n`);
await close();
