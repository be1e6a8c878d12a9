import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Measured {
  readonly seconds: number;
  /** Peak resident memory of the process, MiB. */
  readonly peakRss: number;
  readonly stdout: string;
}

/** Runs a Node script to its end; fails when it fails. The peak is what the kernel counted for that process. */
export async function measure(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const rssFile = join(tmpdir(), `opsdeck-jobs-bench-rss-${process.pid}-${performance.now()}`);
  const preload = pathToFileURL(join(root, 'test/bench/peak-rss.mjs')).href;
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', preload, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), PEAK_RSS_FILE: rssFile, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr.slice(-2000)}`);
  const peakRss = Number(await readFile(rssFile, 'utf8')) / 1024;
  await rm(rssFile);
  return { seconds, peakRss, stdout };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('the median of nothing');
  return middle;
}
