import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived. */
export interface ArrivedMail {
  /** Who sent it, and who gets it, as the mail itself names them. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** A mail server of the demo's own, on loopback: it keeps what it receives in memory, and sends nothing on. */
export interface DemoMailServer {
  readonly port: number;
  readonly mails: readonly ArrivedMail[];
  close(): Promise<void>;
}

export async function openMailServer(): Promise<DemoMailServer> {
  const mails: ArrivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onData: (stream, _session, done) => {
      readMail(stream).then(
        (mail) => {
          mails.push(mail);
          done();
        },
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    const listening = server.listen(0, '127.0.0.1', () => {
      const address = listening.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  // From here on: a client that breaks off. The outbox says what became of the message.
  server.on('error', () => undefined);
  return { port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function readMail(stream: AsyncIterable<Buffer>): Promise<ArrivedMail> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const { from, to, subject, text } = await PostalMime.parse(Buffer.concat(chunks));
  const named = [from].concat(to ?? []).map((one) => {
    if (one?.address === undefined) return '';
    return one.name === '' ? one.address : `${one.name} <${one.address}>`;
  });
  const [sender = '', ...recipients] = named;
  return { from: sender, to: recipients.join(', '), subject: subject ?? '', text: (text ?? '').trim() };
}
