import type { Cell, Report, ReportBlock, StreamedTable, Tone } from '../../../src/job/report.ts';
import type { ReportPage } from '../../../src/job/report-page.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { count } from '../../../src/text/count.ts';
import { type Day, dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { evidenceKey } from '../controls/evidence-details.sql.ts';
import { statusCell } from '../controls/present-controls.ts';
import { editionDocument, editionWords } from '../import/oscal/edition.sql.ts';
import { applicabilityByTheme } from './picture.ts';
import type { ApplicableControl, Applicability } from './read.ts';

export interface SoaScope {
  readonly database: string;
  readonly zone: string;
  readonly today: Day;
}

const title = 'Statement of Applicability';

export function soaPage(soa: Applicability, scope: SoaScope): ReportPage {
  const { controls, editions, recorded } = soa;
  const { zone, today } = scope;
  const frameworks = [...new Set(controls.map(({ framework }) => framework))];
  const applicable = controls.filter((one) => one.applicable).length;
  const missing = controls.filter((one) => one.justification === null).length;
  const earlier = recorded?.earlier ?? null;
  const change = (now: number, before: number | undefined) =>
    earlier === null || before === undefined
      ? {}
      : { change: differenceWords(now - before, dayOf(earlier.takenAt, zone)) };
  return {
    title,
    about: 'Which controls apply, why, and how they stand.',
    facts: [
      ['Frameworks', frameworks.join(', ') || 'none is active'],
      ...editions.map((one) => [`Catalog of ${one.framework}`, editionWords(one, zone)] as const),
      ['As of', `${today} (days of ${zone})`],
      ...(recorded === null
        ? [['Newest snapshot', 'none was taken yet'] as const]
        : [
            ['Newest snapshot', `${recorded.id}, taken ${wallClock(recorded.takenAt, zone)}`] as const,
            ['Chain hash of it (SHA-256)', recorded.chainHash] as const,
          ]),
    ],
    answer: answerOf(controls.length, applicable, missing),
    figures: [
      {
        value: String(applicable),
        of: `of ${controls.length}`,
        name: 'applicable',
        ...change(applicable, earlier?.applicable),
      },
      {
        value: String(controls.length - applicable),
        name: 'not applicable',
        ...change(controls.length - applicable, earlier?.notApplicable),
      },
      {
        value: String(missing),
        name: 'without a justification',
        ...(missing === 0 ? {} : { tone: 'warning' as const }),
      },
    ],
    blocks: [
      ...(controls.length === 0
        ? []
        : [{ kind: 'heading' as const, text: 'Applicability' }, applicabilityByTheme(controls)]),
      { kind: 'heading', text: 'Controls' },
      table(soa, zone),
    ],
    words,
  };
}

function differenceWords(difference: number, day: Day): string {
  if (difference === 0) return `as many as in the snapshot of ${day}`;
  return `${Math.abs(difference)} ${difference > 0 ? 'more' : 'fewer'} than in the snapshot of ${day}`;
}

export function soaReport(soa: Applicability, scope: SoaScope): Report {
  const page = soaPage(soa, scope);
  const line = (text: string): ReportBlock => ({ kind: 'line', text });
  return [
    { kind: 'heading', text: title },
    ...[...page.facts, ['Database', scope.database] as const].map(([name, value]) =>
      line(`${name}: ${value}`),
    ),
    ...(page.answer === undefined ? [] : [line(page.answer.text)]),
    table(soa, scope.zone),
    { kind: 'heading', text: 'What the words mean' },
    ...words.map(([word, meaning]) => line(`${word}: ${meaning}`)),
  ];
}

function answerOf(
  all: number,
  applicable: number,
  missing: number,
): { readonly text: string; readonly tone: Tone } {
  if (all === 0) return { text: 'No active framework has a control.', tone: 'notice' };
  return {
    text: `${applicable} of ${count(all, 'control')} applicable; ${missing} without a justification.`,
    tone: missing === 0 ? 'good' : 'warning',
  };
}

function table({ controls, details }: Applicability, zone: string): ReportBlock {
  return {
    kind: 'table',
    columns: [
      'framework',
      'control',
      'name',
      'applicable',
      'justification',
      'status',
      'evidence',
      'last change',
    ],
    rows: controls.map((one): (string | Cell)[] => [
      one.framework,
      one.controlId,
      one.name,
      one.applicable ? 'yes' : 'no',
      one.justification ?? { text: 'missing', tone: 'warning' },
      one.present === undefined ? '-' : statusCell(one.present.status),
      evidenceWords(one, details) || '-',
      changeWords(one, zone),
    ]),
  };
}

function evidenceWords({ present, links }: ApplicableControl, details: Applicability['details']): string {
  const rule = present?.rule;
  if (rule?.evidence != null) {
    const detail = details.get(evidenceKey({ model: rule.model, id: rule.evidence.id }));
    return `${detail?.what ?? rule.model}, ${rule.evidence.day}`;
  }
  if (present?.attestation != null) {
    const { result, by, at } = present.attestation;
    return `attested as ${result === 'met' ? 'met' : 'not met'} by ${by}, ${at.toISOString().slice(0, 10)}`;
  }
  return links.length === 0 ? '' : links.join(', ');
}

function changeWords({ change }: ApplicableControl, zone: string): string {
  if (change === null) return 'not recorded';
  const day = dayOf(change.at, zone);
  if (change.source === 'snapshot') return `found ${day}; by whom is not recorded`;
  return `${day} by ${change.by ?? 'an account that was not recorded'}`;
}

export function soaDocument(soa: Applicability, scope: SoaScope): JsonObject {
  const { controls, details, editions, recorded } = soa;
  return {
    report: 'soa',
    database: scope.database,
    timezone: scope.zone,
    as_of: scope.today,
    catalogs: editions.map(editionDocument),
    snapshot:
      recorded === null
        ? null
        : {
            id: recorded.id,
            taken_at: recorded.takenAt.toISOString(),
            chain_hash: recorded.chainHash,
            earlier:
              recorded.earlier === null
                ? null
                : {
                    taken_at: recorded.earlier.takenAt.toISOString(),
                    applicable: recorded.earlier.applicable,
                    not_applicable: recorded.earlier.notApplicable,
                  },
          },
    controls: controls.length,
    applicable: controls.filter((one) => one.applicable).length,
    without_justification: controls.filter((one) => one.justification === null).length,
    entries: controls.map((one) => ({
      framework: one.framework,
      control_id: one.controlId,
      name: one.name,
      applicable: one.applicable,
      justification: one.justification,
      status: one.present?.status ?? null,
      evidence: evidenceWords(one, details) || null,
      links: one.links,
      last_change:
        one.change === null
          ? null
          : { at: one.change.at.toISOString(), by: one.change.by, source: one.change.source },
    })),
  };
}

export function soaRows({ controls, details }: Applicability): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      ...['framework', 'control_id', 'name', 'applicable', 'justification', 'status', 'evidence'],
      ...['changed_at', 'changed_by', 'change_source'],
    ],
    rows: () =>
      controls.map((one) => [
        one.framework,
        one.controlId,
        one.name,
        String(one.applicable),
        one.justification ?? '',
        one.present?.status ?? '',
        evidenceWords(one, details),
        one.change?.at.toISOString() ?? '',
        one.change?.by ?? '',
        one.change?.source ?? '',
      ]),
  };
}

const words: ReportPage['words'] = [
  ['applicable', 'The control applies to the organisation, by its Statement of Applicability.'],
  ['missing', 'No justification is recorded, neither for applying the control nor for leaving it out.'],
  ['status', 'As the evidence is now, by the rules of compliance-drift.'],
  [
    'snapshot',
    'The stored status of all controls at one time. The table is of now; the snapshot is the newest that was stored.',
  ],
  ['chain hash', 'Covers this snapshot and all before it; `verify drift` computes it again.'],
  ['last change', "Of the applicability: by OpsDeck's journal, or on the day on which a snapshot found it."],
];
