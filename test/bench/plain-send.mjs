// What nothing can be faster than: nodemailer's pool alone. Arguments: port, connections, count, file of the message.
import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';

const [port, connections, count, file] = process.argv.slice(2);
const message = JSON.parse(await readFile(file, 'utf8'));
const about = (text, n) => text.replaceAll('PERSON', `Person ${n}`);

const transport = createTransport({
  pool: true,
  host: 'localhost',
  port: Number(port),
  ignoreTLS: true,
  maxConnections: Number(connections),
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
const inHand = 100;
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
transport.close();
