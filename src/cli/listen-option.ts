import type { ListenAddress } from '../config/config.ts';
import { listenAddress } from '../config/values.ts';
import { usage } from '../errors/usage.ts';

/** `--listen`; undefined: not given. */
export function readListen(text: string | undefined): ListenAddress | undefined {
  if (text === undefined) return undefined;
  const read = listenAddress.safeParse(text);
  if (read.success) return read.data;
  throw usage(
    `--listen: '${text}' is not an address to listen on.`,
    'Give one such as 127.0.0.1:9464.',
    'invalid_address',
  );
}
