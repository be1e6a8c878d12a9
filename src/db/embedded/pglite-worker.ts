import { parentPort } from 'node:worker_threads';
import { loadPglite, PgliteEngine } from './pglite-engine.ts';
import { watchFileCalls } from './watch-file-calls.ts';
import {
  emptyResult,
  type RawError,
  type RawResult,
  type WorkerAnswer,
  type WorkerMessage,
  type WorkerRequest,
} from './worker-protocol.ts';

/*
 * The thread of the embedded database. PGlite computes without ever yielding, so it has a thread of its own: the
 * program's event loop stays free, and ending the thread is what ends a statement.
 */

const port = parentPort;
if (port === null) throw new Error('this file is the thread of the embedded database, not a program');

watchFileCalls((trouble) => port.postMessage({ kind: 'trouble', trouble } satisfies WorkerMessage));

/** Begun before a folder is named: the thread may be started while the program still looks for that. */
const program = loadPglite();
// Told when something is to be opened.
program.catch(() => undefined);

let engine: PgliteEngine | undefined;
let tail: Promise<void> = Promise.resolve();

port.on('message', (request: WorkerRequest) => {
  tail = tail.then(async () => port.postMessage(await answer(request)));
});

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  try {
    return { id: request.id, kind: 'done', result: await serve(request) };
  } catch (error) {
    return { id: request.id, kind: 'failed', error: toRawError(error) };
  }
}

async function serve(request: WorkerRequest): Promise<RawResult> {
  if (request.kind === 'open') {
    engine = await PgliteEngine.open(await program, request.pgData, request.files);
    return emptyResult;
  }
  if (engine === undefined) throw new Error('the embedded database is not open');
  switch (request.kind) {
    case 'query':
      return engine.query(request.sql, request.parameters);
    case 'copy':
      return engine.query(request.sql, [], new Blob([request.bytes]));
    case 'close':
      await engine.close();
      engine = undefined;
      return emptyResult;
    default:
      return request satisfies never;
  }
}

function toRawError(error: unknown): RawError {
  if (!(error instanceof Error)) return { message: wordsOf(error), fields: {} };
  const own = Object.entries(error).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== 'message',
  );
  return { message: error.message, fields: Object.fromEntries(own) };
}

/** PGlite throws objects that are no errors, such as the status of an exit, or a file error with a number alone. */
function wordsOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const { name, message, errno } = { name: '', message: '', errno: undefined, ...thrown };
  const words = [name, message, errno === undefined ? '' : `error number ${errno}`].filter(
    (word) => word !== '',
  );
  return words.length === 0 ? 'PGlite gave no reason' : words.join(': ');
}
