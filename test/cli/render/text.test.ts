import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { renderText } from '../../../src/cli/render/text.ts';
import type { Report } from '../../../src/job/report.ts';

const esc = '\u001b';
const plain = { columns: undefined, color: false };

const report: Report = [
  { kind: 'heading', text: 'NIST 800-53' },
  {
    kind: 'table',
    columns: ['Control', 'Cause'],
    rows: [
      ['AC-2', { text: 'evidence aged past its limit', tone: 'bad' }],
      ['AC-17', 'rule removed'],
    ],
  },
  { kind: 'line', text: '2 regressions', tone: 'warning' },
  { kind: 'line', text: '40 controls' },
];

describe('renderText', () => {
  it('sets tables without borders and keeps blocks apart', () => {
    expect(renderText(report, plain)).toBe(
      [
        'NIST 800-53',
        'CONTROL  CAUSE',
        'AC-2     evidence aged past its limit',
        'AC-17    rule removed',
        '',
        '2 regressions',
        '40 controls',
        '',
      ].join('\n'),
    );
  });

  it('is empty for an empty report', () => {
    expect(renderText([], plain)).toBe('');
  });

  it('prints the header of a table without rows', () => {
    expect(renderText([{ kind: 'table', columns: ['Job', 'State'], rows: [] }], plain)).toBe('JOB  STATE\n');
  });

  it('writes no esc sequence without colour', () => {
    expect(renderText(report, plain)).not.toContain(esc);
  });

  it('colours by tone, and the colour does not shift the columns', () => {
    const colored = renderText(report, { columns: undefined, color: true });
    expect(colored).toContain(`${esc}[31mevidence aged past its limit${esc}[0m`);
    expect(colored).toContain(`${esc}[33m2 regressions${esc}[0m`);
    expect(colored.replaceAll(new RegExp(`${esc}\\[\\d+m`, 'g'), '').replace(/ +$/gm, '')).toBe(
      renderText(report, plain),
    );
  });

  it.each([40, 60, 80])('fits a wide table into %i columns without losing a word', (columns) => {
    const words = 'the quick brown fox jumps over the lazy dog and then goes home to sleep'.split(' ');
    const rows = [['AC-2', words.join(' '), '018f3c1e-7d52-7d9c-9a5e-3f3f6d2f9a11']];
    const text = renderText([{ kind: 'table', columns: ['Control', 'What', 'Run'], rows }], {
      columns,
      color: false,
    });
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    expect(text.split(/\s+/)).toEqual(
      expect.arrayContaining([...words, '018f3c1e-7d52-7d9c-9a5e-3f3f6d2f9a11']),
    );
  });

  it('counts cells, not characters: wide letters and emoji keep the columns straight', () => {
    const rows = [
      ['管理統制', 'a'],
      ['été 🔒', 'b'],
      ['x', 'c'],
    ];
    const lines = renderText([{ kind: 'table', columns: ['Name', 'V'], rows }], plain)
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => stringWidth(line))).toEqual([11, 11, 11, 11]);
  });

  it('lets no text from the database drive the terminal', () => {
    const hostile = `AC-2${esc}[2J${esc}]0;title\u0007\r\nroot\u202e\u009b31m\u0000`;
    const text = renderText(
      [
        { kind: 'heading', text: hostile },
        { kind: 'line', text: hostile },
        { kind: 'table', columns: [hostile], rows: [[hostile]] },
      ],
      plain,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(text).toContain('AC-2 root');
  });
});

describe('a table on a narrow terminal', () => {
  it('takes its narrow form where a row would not fit, with a line under each row that has one, and only there', () => {
    const report: Report = [
      {
        kind: 'table',
        columns: ['job', 'state', 'last run'],
        rows: [
          ['uar', 'ok', 'never'],
          ['rates', 'failing ×2', 'failed 3 days ago, by hand'],
        ],
        narrow: {
          columns: ['job', 'state'],
          rows: [
            { cells: ['uar', 'ok'], below: '' },
            { cells: ['rates', 'failing ×2'], below: `failed 3 days ago, by hand${esc}[2J` },
          ],
        },
      },
    ];
    expect(renderText(report, { columns: 27, color: false })).toBe(
      ['JOB    STATE', 'uar    ok', 'rates  failing ×2', '  failed 3 days ago, by', '  hand', ''].join('\n'),
    );
    const wide = ['JOB    STATE       LAST RUN', 'uar    ok          never'];
    for (const columns of [45, undefined]) {
      expect(renderText(report, { columns, color: false }).split('\n').slice(0, 2)).toEqual(wide);
    }
  });

  it('has the columns without room below each row, with their names, and leaves out what is empty', () => {
    const report: Report = [
      {
        kind: 'table',
        columns: ['archive', 'rows', 'where', 'SHA-256'],
        rows: [
          ['1', '20', '/var/lib/archive', { text: 'f'.repeat(30), tone: 'bad' }],
          ['2', '4000', '-', ''],
        ],
      },
    ];
    expect(renderText(report, { columns: 36, color: false })).toBe(
      [
        'ARCHIVE  ROWS  WHERE',
        '1        20    /var/lib/archive',
        `  SHA-256:`,
        `  ${'f'.repeat(30)}`,
        '2        4000  -',
        '',
      ].join('\n'),
    );
  });

  it('puts a sentence below its row before its column becomes a tower of words', () => {
    const reason = 'the mail server refused the address of the recipient, and will again';
    const rows = [['41', 'undeliverable', 'somebody@example.org', reason]];
    const table: Report = [{ kind: 'table', columns: ['number', 'state', 'to', 'reason'], rows }];
    const lines = renderText(table, { columns: 50, color: false }).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'NUMBER  STATE          TO',
      '41      undeliverable  somebody@example.org',
    ]);
    expect(lines.slice(2).join(' ').replaceAll(/\s+/g, ' ').trim()).toBe(`reason: ${reason}`);
  });

  it('cuts only a word that is longer than the line', () => {
    const long = 'x'.repeat(50);
    const table: Report = [{ kind: 'table', columns: ['name', 'state'], rows: [[long, 'ok']] }];
    const lines = renderText(table, { columns: 40, color: false }).trimEnd().split('\n');
    expect(lines.map((line) => stringWidth(line)).every((width) => width <= 40)).toBe(true);
    expect(lines.slice(1, 3).join('')).toBe(long);
  });

  it('wraps a heading', () => {
    const lines = renderText([{ kind: 'heading', text: 'a heading of many words' }], {
      columns: 12,
      color: false,
    });
    expect(lines).toBe('a heading of\nmany words\n');
  });

  it('lets columns of many words give way before it cuts a word', () => {
    const report: Report = [
      {
        kind: 'table',
        columns: ['control', 'name', 'change'],
        rows: [['A.8.30', 'Development by others, in words that go on', 'non-compliant → not-applicable']],
      },
    ];
    const lines = renderText(report, { columns: 44, color: false }).split('\n');
    expect(lines.every((line) => line.length <= 44)).toBe(true);
    const words = lines.join(' ').split(/\s+/);
    expect(words).toEqual(
      expect.arrayContaining(['A.8.30', 'Development', 'non-compliant', 'not-applicable']),
    );
  });
});
