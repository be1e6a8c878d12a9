import { get } from 'node:http';
import type { ListenAddress } from '../../config/config.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { formatListenAddress } from '../../http/listen-address.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { readListen } from '../listen-option.ts';
import { loadConfiguration } from '../load-configuration.ts';

/** So long an answer may take. */
const answerWithinMs = 10_000;
/** A page is a small document; what is longer is no page of ours. */
const mostBytes = 64 * 1024;
/** A daemon that listens on every address of its machine is asked on the loopback one. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * `daemon --probe`: asks the daemon of this machine for `/health` or `/ready` and prints its answer, for whoever supervises a
 * container. Exit 0: well, 4: not well, 6: no answer (`no_daemon`).
 */
export async function probeDaemon(
  io: Io,
  globals: GlobalOptions,
  page: 'health' | 'ready',
  address: string | undefined,
): Promise<ExitCode> {
  const listen = readListen(address) ?? (await loadConfiguration(io, globals)).config.listen;
  if (listen === undefined || listen.port === 0) {
    throw usage(
      'The address of the daemon is not known.',
      'Give the --listen of the daemon, or set OPSDECK_JOBS_LISTEN.',
    );
  }
  const at = { ...listen, host: loopbackOf[listen.host] ?? listen.host };
  const answer = await ask(at, page, io.stop);
  io.stdout.write(`${answer.text.trimEnd()}\n`);
  return answer.status === 200 ? ExitCode.ok : ExitCode.found;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(at: ListenAddress, page: string, stop: AbortSignal): Promise<Answer> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerWithinMs)]);
  return new Promise((done, failed) => {
    const refuse = (reason: string) =>
      failed(
        new OperatorError({
          code: 'no_daemon',
          message: `No daemon answers at ${formatListenAddress(at)}: ${reason}.`,
          next: `Start one: opsdeck-jobs daemon --listen ${formatListenAddress(at)}`,
          exitCode: ExitCode.unavailable,
        }),
      );
    const request = get(
      { host: at.host, port: at.port, path: `/${page}`, signal, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > mostBytes) request.destroy(new Error('the answer is no page of a daemon'));
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, text }));
        response.on('error', (error) => refuse(error.message));
      },
    );
    request.on('error', (error) =>
      refuse(signal.aborted ? `nothing came within ${answerWithinMs / 1000} s` : error.message),
    );
  });
}
