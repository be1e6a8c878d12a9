import type { ReportBlock, Tone } from '../../job/report.ts';
import type { StoredRunDetail } from '../../job/run-history.ts';
import { recordWords } from '../../log/record-words.ts';
import { count } from '../../text/count.ts';
import { timeOfDay } from '../../time/human-time.ts';

const tones: Readonly<Record<string, Tone>> = { warn: 'warning', error: 'bad', fatal: 'bad' };

/** The last records of a run's log, oldest first; nothing where it logged nothing. */
export function runLogBlocks({ log, logged }: StoredRunDetail, zone: string): readonly ReportBlock[] {
  if (log.length === 0) return [];
  const all = count(logged, 'record');
  return [
    { kind: 'heading', text: log.length < logged ? `Log: the last ${log.length} of ${all}` : `Log: ${all}` },
    {
      kind: 'table',
      columns: ['Time', 'Level', 'Text'],
      rows: log.map(({ at, level, message, fields }) => [
        timeOfDay(new Date(at), zone),
        { text: level, tone: tones[level] ?? 'plain' },
        recordWords(message, fields),
      ]),
    },
  ];
}
