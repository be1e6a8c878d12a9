import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { usage } from '../../errors/usage.ts';
import { offerSchema, parseLine, readLines, toLine } from './command-protocol.ts';
import { type CommandServer, ownOffer } from './command-server.ts';
import { type OfferingOwner, type Owner, ownerSchema } from './owner.ts';
import { SocketFolder } from './socket-folder.ts';

/*
 * Who owns the folder of an embedded database. Two processes on one folder corrupt it silently, so there is exactly one
 * owner at any moment, and whether it lives is asked of the kernel, never of a pid: pids are reused, and are 1 in every
 * container.
 *
 * An owner listens on a unix socket of its own in the folder and is named by the claim with the highest number:
 * `claim-7.json` holds the name of its socket. Connection refused, or no such socket: it is dead. A process that is
 * stopped still has its listening socket, so it counts as alive.
 *
 * Taking over from a dead owner 7 is creating `claim-8.json`, complete and exclusively (a hard link to a finished file):
 * of any number of processes that try, one succeeds. A crash at any moment leaves at worst a claim whose owner is dead,
 * and the next takes number 9. The newest claim is never removed, so numbers only grow and a process that was asleep since it
 * looked finds, when it looks again after claiming, that a higher number exists, and gives up.
 *
 * The same socket takes commands of other terminals, once its owner offers that (command-protocol.ts).
 *
 * It promises nothing on a folder that several machines mount, or that a container shares with a host of another
 * kernel: a unix socket ends at its kernel.
 */

const claimSchema = ownerSchema.extend({ socket: z.string() });
type Claim = z.infer<typeof claimSchema> & { readonly number: number };

/** Requests and answers on the socket are one JSON document a line. */
const requestSchema = z.object({ request: z.literal('hello') });
const answerSchema = z.object({ owner: ownerSchema, commands: offerSchema.optional() });
type Answer = z.output<typeof answerSchema>;

/** As {@link claim} writes them, with numbers that a double holds exactly. Anything else of that kind is nobody's claim. */
const claimPattern = /^claim-([1-9]\d{0,14})\.json$/;

/** Owners do not follow each other faster than a folder can be listed and read. */
const looksForNewest = 20;

/** Ownership of a folder, until released. */
export interface Ownership {
  /** From now on others may have their commands run here; undefined: no more. */
  offer(server: CommandServer | undefined): void;
  release(): Promise<void>;
}

/** Who has a folder. */
export interface Held {
  readonly owner: Owner;
  /** Where the owner takes commands, if it does. */
  readonly offering?: OfferingOwner;
}

/** One attempt. Gives the ownership, or says who has it. */
export async function tryToOwn(folder: string, self: Owner): Promise<Ownership | Held> {
  const sockets = new SocketFolder(folder);
  const newest = await newestClaim(folder);
  const living = newest === undefined ? undefined : await ask(sockets, newest);
  if (newest !== undefined && living !== undefined) {
    sockets.close();
    const { owner, commands } = living;
    if (commands === undefined) return { owner };
    return { owner, offering: { ...owner, folder, socket: newest.socket, version: commands.version } };
  }
  const socket = `owner-${randomUUID()}.sock`;
  const { server, clients, offer } = await listen(sockets, socket, self);
  const release = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    // The server is closed when its last connection is, and a client may keep one for as long as it likes.
    for (const client of clients) client.destroy();
    await closed;
    sockets.close();
  };
  try {
    const mine: Claim = { ...self, socket, number: (newest?.number ?? 0) + 1 };
    if ((await claim(folder, mine)) && (await confirm(folder, sockets, mine))) {
      await prune(folder, mine);
      return { offer, release };
    }
  } catch (error) {
    await release();
    throw error;
  }
  await release();
  return { owner: (await newestClaim(folder)) ?? self };
}

/** Creates the claim, complete, unless one of that number is there. */
async function claim(folder: string, { number, ...content }: Claim): Promise<boolean> {
  const draft = join(folder, `draft-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(content), { mode: 0o600, flush: true });
  try {
    await link(draft, join(folder, `claim-${number}.json`));
    return true;
  } catch (error) {
    // Somebody has that number; or has become the owner and cleared the draft away.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** The second look: nobody has gone further meanwhile, and others can reach us. */
async function confirm(folder: string, sockets: SocketFolder, mine: Claim): Promise<boolean> {
  const newest = await newestClaim(folder);
  return newest?.socket === mine.socket && (await ask(sockets, mine)) !== undefined;
}

async function newestClaim(folder: string): Promise<Claim | undefined> {
  let vanished = '';
  for (let look = 0; look < looksForNewest; look += 1) {
    const newest = (await readdir(folder))
      .map((name) => ({ name, number: Number(claimPattern.exec(name)?.[1] ?? 0) }))
      .reduce((best, one) => (one.number > best.number ? one : best), { name: '', number: 0 });
    if (newest.number === 0) return undefined;
    try {
      const text = await readFile(join(folder, newest.name), 'utf8');
      return { ...readClaim(text, folder, newest.name), number: newest.number };
    } catch (error) {
      // Removed since it was listed: there is a newer one.
      if (codeOf(error) !== 'ENOENT') throw error;
      vanished = newest.name;
    }
  }
  throw new Error(`${vanished} is listed in it and cannot be opened`);
}

/** A claim is published complete, so one that cannot be read was damaged later; its owner may live. */
function readClaim(text: string, folder: string, name: string): z.infer<typeof claimSchema> {
  const claimed = parseLine(claimSchema, text);
  if (claimed !== undefined) return claimed;
  throw usage(
    `The data folder ${folder} cannot be used: ${name}, which names the process that uses it, is damaged.`,
    `Make sure that no opsdeck-jobs uses the folder, then remove the file: rm ${join(folder, name)}`,
    'data_dir_unusable',
  );
}

/**
 * Removes what earlier owners and attempts left: everything but the newest claim and its socket. Only the owner does this;
 * it may hit an attempt that is just being made, which then cannot be confirmed, as it must not be.
 */
async function prune(folder: string, mine: Claim): Promise<void> {
  const kept = [`claim-${mine.number}.json`, mine.socket];
  const ours = (await readdir(folder)).filter((name) => /^(claim|draft|owner)-/.test(name));
  for (const name of ours.filter((one) => !kept.includes(one))) await rm(join(folder, name), { force: true });
}

interface Listening {
  readonly server: Server;
  /** Connections that are open now. */
  readonly clients: ReadonlySet<Socket>;
  readonly offer: Ownership['offer'];
}

/** Listens before it claims: a claim is never published by somebody who cannot be reached. */
async function listen(sockets: SocketFolder, name: string, self: Owner): Promise<Listening> {
  const clients = new Set<Socket>();
  let commands: CommandServer | undefined;
  const server = createServer((socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    answerRequests(socket, self, () => commands);
  });
  // The ownership must not keep the process alive.
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(sockets.path(name), resolve);
  });
  try {
    chmodSync(sockets.path(name), 0o600);
  } catch (error) {
    // Whoever became the owner meanwhile has cleared it away: this attempt cannot be confirmed.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return {
    server,
    clients,
    offer: (offered) => {
      commands = offered;
    },
  };
}

function answerRequests(socket: Socket, self: Owner, commands: () => CommandServer | undefined): void {
  socket.unref();
  let taken: ((line: string) => void) | undefined;
  readLines(socket, (line) => {
    if (taken !== undefined) {
      taken(line);
      return;
    }
    const server = commands();
    if (parseLine(requestSchema, line) !== undefined) {
      const offered = server === undefined ? {} : { commands: ownOffer };
      socket.write(toLine({ owner: self, ...offered } satisfies Answer));
      return;
    }
    taken = server?.take(socket, line);
    if (taken === undefined) socket.end(toLine({ error: 'unknown request' }));
  });
}

/** How long a living owner may take to say who it is. A stopped one never does: then its claim speaks for it. */
const answerLimitMs = 1000;

/** Who answers at a claim's socket; undefined: nobody, the claimant is dead. */
async function ask(sockets: SocketFolder, claimed: Claim): Promise<Answer | undefined> {
  const socket = createConnection(sockets.path(claimed.socket));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } catch (error) {
    socket.destroy();
    const code = codeOf(error);
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined;
    // EAGAIN: its queue of connections is full, so there is somebody. Anything else says nothing about it.
    if (code === 'EAGAIN') return { owner: claimed };
    throw error;
  }
  return new Promise((resolve) => {
    const finish = (answer: Answer | undefined) => {
      socket.destroy();
      resolve(answer ?? { owner: claimed });
    };
    socket.setTimeout(answerLimitMs, () => finish(undefined));
    socket.once('close', () => finish(undefined));
    readLines(socket, (line) => finish(parseLine(answerSchema, line)));
    socket.write(toLine({ request: 'hello' } satisfies z.input<typeof requestSchema>));
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
