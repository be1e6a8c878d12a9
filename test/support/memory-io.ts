import { Writable } from 'node:stream';
import { runCommandLine } from '../../bin/command-line.ts';
import { jobs } from '../../jobs/index.ts';
import type { Io } from '../../src/cli/io.ts';

function memory(): { stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** An outside world that keeps what is written to it; no terminal, an empty environment unless `changes` says otherwise. */
export function memoryIo(changes: Partial<Io> = {}): { io: Io; stdout(): string; stderr(): string } {
  const stdout = memory();
  const stderr = memory();
  const io: Io = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: undefined,
    color: false,
    env: {},
    cwd: '/nonexistent',
    userName: () => 'tester',
    stop: new AbortController().signal,
    loadJobs: async () => jobs,
    runCommandLine,
    ...changes,
  };
  return { io, stdout: stdout.text, stderr: stderr.text };
}
