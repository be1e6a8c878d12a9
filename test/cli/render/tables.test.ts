import { describe, expect, it } from 'vitest';
import { driftReport } from '../../../jobs/compliance-drift/report/present.ts';
import { disposalReport } from '../../../jobs/data-retention/report/present.ts';
import { renderText } from '../../../src/cli/render/text.ts';
import type { Report } from '../../../src/job/report.ts';
import { change, scope, timeline } from '../../jobs/compliance-drift/report/recorded.ts';
import { brokenOn } from '../../support/whole-words.ts';

const long = 'Information security policies of the group and all of its subsidiaries abroad';

const drift = driftReport(
  {
    ...timeline,
    changes: [change(2, { frameworkName: long, controlName: long }), change(3, { controlName: 'Short' })],
  },
  scope,
);

const disposals = disposalReport(
  {
    since: new Date('2026-01-01T00:00:00Z'),
    to: new Date('2026-11-30T00:00:00Z'),
    period: 'last 30 days',
    unreadable: [7],
    disposals: [
      {
        runId: '018f3c1e-7d52-7d9c-9a5e-3f3f6d2f9a11',
        policy: 'sent-communications-of-the-last-year',
        action: 'archive',
        content: {},
        table: 'scheduled_communication',
        rows: 4000,
        related: 12_000,
        first: '2026-11-01T08:00:00.000Z',
        last: '2026-11-01T09:00:00.000Z',
        archives: [
          {
            archive: 41,
            at: '2026-11-01T08:00:00.000Z',
            rows: 4000,
            keys: { first: '1', last: '4000' },
            place: '/var/lib/opsdeck-jobs/archives/scheduled-communications-41.ndjson.gz',
            bytes: 9000,
            sha256: 'f'.repeat(64),
          },
        ],
      },
    ],
  },
  true,
);

describe.each<readonly [string, Report]>([
  ['report drift', drift],
  ['report retention', disposals],
])('%s', (_, report) => {
  it.each([80, 200])('breaks no word and keeps to the width at %i columns', (columns) => {
    expect(brokenOn(report, columns)).toEqual([]);
  });
});

it('a sentence below a row has no semicolon after its point', () => {
  const sentence = 'The server refused the recipient.';
  const rows = [[long, sentence, 'x'.repeat(60), 'Bilbao at the river Nervión']];
  const text = renderText([{ kind: 'table', columns: ['Name', 'Why', 'Key', 'Place'], rows }], {
    columns: 40,
    color: false,
  });
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`Why: ${sentence} Key: `);
  expect(text.replaceAll(/\s+/g, ' ')).toContain('; Place: Bilbao');
});

it('the check finds a word that is broken and a line that is too wide', () => {
  const word = 'x'.repeat(90);
  const table: Report = [{ kind: 'table', columns: ['name'], rows: [[word]] }];
  expect(brokenOn(table, 80)).toEqual([`broken: ${word}`]);
  expect(brokenOn(table, 7)).not.toEqual([]);
});
