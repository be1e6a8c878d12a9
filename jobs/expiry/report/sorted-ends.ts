import { z } from 'zod';
import { Spool } from '../../../src/files/spool.ts';
import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import { type ExpiringItem, happenings, itemKinds, type RenewalSink } from '../item.ts';

/*
 * Any number of ends, by date, name and number, in the memory of some thousand: sorted runs in a private file, which are merged when
 * they are read. Those of one date, name and number come in the order in which they were added.
 */

const reportedItem = z.object({
  kind: z.enum(itemKinds),
  id: z.int(),
  pageId: z.int().optional(),
  name: z.string(),
  key: z.string(),
  expiresOn: z.string(),
  happens: z.enum(happenings),
  owner: z.object({ type: z.enum(['user', 'group']), id: z.int() }).nullable(),
  detail: z.string(),
  cost: z.object({ amount: z.number(), currency: z.string() }).nullable(),
  breakGlass: z.boolean(),
  cancelBy: z.string().nullable(),
});
/** What a report says of an item and one of its ends. */
export type ReportedItem = Omit<ExpiringItem, 'thresholds' | 'differences'>;

const perRun = 4000;
const readBytes = 16 * 1024;

interface Run {
  readonly from: number;
  readonly to: number;
}

const names = new Intl.Collator();

function inOrder(a: ReportedItem, b: ReportedItem): number {
  if (a.expiresOn !== b.expiresOn) return a.expiresOn < b.expiresOn ? -1 : 1;
  return names.compare(a.name, b.name) || a.id - b.id;
}

export class SortedEnds implements RenewalSink {
  readonly #spool: Spool;
  readonly #most: number;
  readonly #runs: Run[] = [];
  /** How many there are of each day; of days that are too late not all are counted. */
  readonly #days = new Map<Day, number>();
  #pending: ReportedItem[] = [];
  #added = 0;
  /** No end after this day is among the earliest `most`. */
  #last: Day | undefined;

  private constructor(spool: Spool, most: number) {
    this.#spool = spool;
    this.#most = most;
  }

  /** @param most so many of the earliest are read at most. */
  static async open(most: number): Promise<SortedEnds> {
    return new SortedEnds(await Spool.open(), most);
  }

  isTooLate(day: Day): boolean {
    return this.#last !== undefined && day > this.#last;
  }

  add({ thresholds: _, differences: __, ...item }: ExpiringItem): void {
    if (this.isTooLate(item.expiresOn)) return;
    this.#pending.push(item);
    this.#days.set(item.expiresOn, (this.#days.get(item.expiresOn) ?? 0) + 1);
    this.#added += 1;
    if (this.#added % (this.#most + 1) === 0) this.#last = this.#firstTooMany();
    if (this.#pending.length === perRun) this.#writeRun();
  }

  /** There were too many: what ends after this day is left out. null: all are there. */
  get completeTo(): Day | null {
    const day = this.#firstTooMany();
    return day === undefined ? null : addDays(day, -1);
  }

  /** How many are read. */
  get count(): number {
    const { completeTo } = this;
    return [...this.#days].reduce(
      (sum, [day, count]) => (completeTo === null || day <= completeTo ? sum + count : sum),
      0,
    );
  }

  /** May be read more than once; nothing is added any more. */
  async *read(): AsyncGenerator<ReportedItem> {
    if (this.#pending.length > 0) this.#writeRun();
    const { completeTo } = this;
    const heads = await Promise.all(
      this.#runs.map(async (run) => {
        const items = this.#readRun(run);
        return { items, next: await items.next() };
      }),
    );
    for (;;) {
      let first: { item: ReportedItem; head: (typeof heads)[number] } | undefined;
      for (const head of heads) {
        if (head.next.done === true) continue;
        const item = head.next.value;
        if (first === undefined || inOrder(item, first.item) < 0) first = { item, head };
      }
      if (first === undefined || (completeTo !== null && first.item.expiresOn > completeTo)) return;
      yield first.item;
      first.head.next = await first.head.items.next();
    }
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  #writeRun(): void {
    const text = this.#pending
      .sort(inOrder)
      .map((item) => `${JSON.stringify(item)}\n`)
      .join('');
    const from = this.#runs.at(-1)?.to ?? 0;
    this.#spool.writeNow(text);
    this.#runs.push({ from, to: from + Buffer.byteLength(text) });
    this.#pending = [];
  }

  async *#readRun(run: Run): AsyncGenerator<ReportedItem, undefined> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of this.#spool.read({ ...run, piece: readBytes })) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield reportedItem.parse(JSON.parse(line));
    }
    return undefined;
  }

  /** The day of the first end that is one too many; undefined: there is none. */
  #firstTooMany(): Day | undefined {
    let count = 0;
    for (const [day, some] of [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1))) {
      count += some;
      if (count > this.#most) return day;
    }
    return undefined;
  }
}
