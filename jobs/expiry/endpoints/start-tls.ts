import { on } from 'node:events';
import type { Socket } from 'node:net';

/** More than any greeting; what sends more is no mail server. */
const longestReply = 16 * 1024;

/** The other side does not speak SMTP, or will not encrypt. Its message is a phrase without anything that came from there. */
export class NoStartTls extends Error {
  override readonly name = 'NoStartTls';
}

/**
 * Asks a mail server for encryption (RFC 3207). Afterwards nothing has been read beyond its answer.
 *
 * @throws NoStartTls; an AbortError, or an error of the socket
 */
export async function startTls(socket: Socket, signal: AbortSignal): Promise<void> {
  const replies = readReplies(socket, signal);
  const expectCode = async (code: string, otherwise: string): Promise<string> => {
    const { value } = await replies.next();
    if (value === undefined)
      throw new NoStartTls('it closed the connection before it could be asked for encryption');
    if (!value.startsWith(code)) throw new NoStartTls(otherwise);
    return value;
  };
  try {
    await expectCode('220', 'it does not greet as a mail server does');
    socket.write('EHLO opsdeck-jobs.invalid\r\n');
    const offers = await expectCode('250', 'it refuses EHLO');
    if (!/^250[ -]STARTTLS\s*$/im.test(offers)) throw new NoStartTls('it does not offer STARTTLS');
    socket.write('STARTTLS\r\n');
    await expectCode('220', 'it refuses STARTTLS');
  } finally {
    // Returning alone would leave its listeners on the socket.
    await replies.return(undefined);
  }
}

/** Whole replies, each with all its lines. */
async function* readReplies(socket: Socket, signal: AbortSignal): AsyncGenerator<string, undefined> {
  let text = '';
  for await (const [chunk] of on(socket, 'data', { signal, close: ['end', 'close'] })) {
    text += String(chunk);
    if (text.length > longestReply || !/^\d{1,3}/.test(text)) {
      throw new NoStartTls('it does not greet as a mail server does');
    }
    const last = /(?:^|\n)([^\n]*)\n$/.exec(text)?.[1];
    if (last === undefined || !/^\d{3}(?: |\r?$)/.test(last)) continue;
    yield text;
    text = '';
  }
}
