import { Writable } from 'node:stream';
import type { ReportPage } from '../../job/report-page.ts';
import type { Month } from '../../time/day.ts';
import type { Place, PlaceCommand } from './place.ts';

/** Runs one command for a page, on the database of this process: what it shows, what it prints besides, and its exit code. */
export type RunForPage = (
  args: readonly string[],
  world: {
    readonly show: (page: ReportPage) => void;
    readonly stderr: Writable;
    readonly stop: AbortSignal;
  },
) => Promise<number>;

/** A part of a page: what a command shows, or why it shows nothing. */
export type PlacePart =
  | {
      readonly kind: 'shown';
      readonly command: string;
      readonly page: ReportPage;
      readonly links: NonNullable<PlaceCommand['links']>;
    }
  | {
      readonly kind: 'failed';
      readonly command: string;
      readonly message: string;
      readonly exitCode: number;
    };

/** So long a command of a page may take; then its statements are ended. */
const commandLimitMs = 10_000;
const mostErrorCharacters = 4000;

/** The parts of a page, one after the other: a page takes one connection at a time. */
export async function readPlace(
  place: Place,
  { id, month, after }: { readonly id: string; readonly month: Month; readonly after: string | undefined },
  run: RunForPage,
): Promise<readonly PlacePart[]> {
  const parts: PlacePart[] = [];
  for (const command of place.commands(id, month)) parts.push(await readPart(command, after, run));
  return parts;
}

async function readPart(
  { args: ofFirst, links = {}, paged }: PlaceCommand,
  after: string | undefined,
  run: RunForPage,
): Promise<PlacePart> {
  const args = paged === true && after !== undefined ? [...ofFirst, '--after', after] : ofFirst;
  const shown: ReportPage[] = [];
  const errors = collected();
  const limit = AbortSignal.timeout(commandLimitMs);
  const exitCode = await run(args, {
    show: (page) => void shown.push(page),
    stderr: errors.stream,
    stop: limit,
  });
  const command = ['opsdeck-jobs', ...args].join(' ');
  const [page] = shown;
  if (page !== undefined) return { kind: 'shown', command, page, links };
  const message = limit.aborted ? `It took longer than ${commandLimitMs / 1000} s.` : errors.text();
  return { kind: 'failed', command, message: message.replace(/^opsdeck-jobs: /, ''), exitCode };
}

function collected(): { readonly stream: Writable; text(): string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text = `${text}${String(chunk)}`.slice(0, mostErrorCharacters);
      done();
    },
  });
  // What a command prints before its error is for terminals.
  const isNotice = (line: string) => line === '' || /^Using /.test(line);
  return {
    stream,
    text: () =>
      text
        .split('\n')
        .filter((line) => !isNotice(line))
        .join('\n'),
  };
}
