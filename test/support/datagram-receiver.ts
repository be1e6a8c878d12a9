import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/**
 * Node.js has no datagram sockets in the file system. This prints each datagram as one line, `\n` for its line breaks. Whoever
 * passes a file descriptor along (systemd-notify does, to learn when its message was read) has it closed by being ignored.
 */
const python = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    print(s.recv(65536).decode().replace('\\n', '\\\\n'), flush=True)
`;
const perl = `
use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die;
print "bound\\n";
while (defined recv($s, my $m, 65536, 0)) { $m =~ s/\\n/\\\\n/g; print "$m\\n"; }
`;

const works = (program: string, ...args: readonly string[]) => spawnSync(program, args).status === 0;
const interpreter = (
  [
    ['python3', '-c', python],
    ['perl', '-e', perl],
  ] as const
).find(([program, option]) => works(program, option, ''));

/** Capability: something that can receive datagrams, and systemd's own program that sends them. */
export const hasDatagrams = interpreter !== undefined && works('systemd-notify', '--version');

export interface DatagramReceiver {
  /** The assignments of the next message that is none of systemd-notify's own. */
  next(): Promise<readonly string[]>;
}

/** Receives at a path of the file system until the end of the test. */
export async function receiveDatagrams(path: string): Promise<DatagramReceiver> {
  if (interpreter === undefined) throw new Error('nothing here receives datagrams');
  const [program, option, script] = interpreter;
  const child: ChildProcess = spawn(program, [option, script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  if (child.stdout === null) throw new Error('the receiver has no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the receiver ended');
    return value;
  };
  await line();
  return {
    next: async () => {
      for (;;) {
        const assignments = (await line()).split('\\n').filter((part) => part !== '');
        if (!assignments.includes('BARRIER=1')) return assignments;
      }
    },
  };
}
