import type { ReportBlock, StreamedReport } from '../job/report.ts';
import type { ReportPage } from '../job/report-page.ts';

type Line = Extract<ReportBlock, { kind: 'line' }>;

/**
 * The page of a report that has no page of its own: what it shows to people. Its first heading, or else `name`, is the title, and the lines below it
 * that name a fact belong to the head, which names the database itself.
 */
export function plainPage(name: string, report: StreamedReport): ReportPage {
  const [first, ...rest] = report;
  const title = first?.kind === 'heading' ? first.text : name;
  const blocks = first?.kind === 'heading' ? rest : report;
  const end = blocks.findIndex(({ kind }) => kind !== 'line');
  const lines = blocks.slice(0, end === -1 ? blocks.length : end).filter(isLine);
  const facts = lines.map(factOf).filter((fact) => fact !== undefined);
  return {
    title,
    facts: facts.filter(([name]) => name !== 'Database'),
    figures: [],
    blocks: [...lines.filter((line) => factOf(line) === undefined), ...blocks.slice(lines.length)],
    words: [],
  };
}

function isLine(block: StreamedReport[number]): block is Line {
  return block.kind === 'line';
}

/** `Framework: ISO 27001`. What has a tone is more than a fact. */
function factOf({ text, tone = 'plain' }: Line): readonly [string, string] | undefined {
  const [, name, value] = /^([A-Z][\w ]{0,30}): (.+)$/su.exec(text) ?? [];
  return tone !== 'plain' || name === undefined || value === undefined ? undefined : [name, value];
}
