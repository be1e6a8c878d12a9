import type { ComparisonEntry } from '../import/comparison-file.ts';

/** A ready comparison, or several, with what a person creates for it. */
export interface Example {
  /** What is compared: a sentence. */
  readonly title: string;
  /** What to create and to set, in this order; lines that begin with two spaces are for copying. */
  readonly steps: readonly string[];
  /** What stands in the addresses for something of the user's own. */
  readonly replace?: readonly string[];
  readonly comparisons: readonly ComparisonEntry[];
}

const width = 78;

/** The file that `uar import` takes: JSON with comments. */
export function exampleText(system: string, { title, steps, replace = [], comparisons }: Example): string {
  const own = replace.length === 0 ? '' : ` Replace ${replace.join(' and ')}.`;
  const closing = [
    'Each comparison runs daily at 07:00. Add notification_channels and notification_recipients: whom to alert.',
    `Save this file.${own} Then:\n  opsdeck-jobs uar import ${system}.json`,
  ];
  const comments = [
    ...wrapped('', title),
    '',
    ...[...steps, ...closing].flatMap((step, index) => wrapped(`${index + 1}. `, step)),
  ];
  const lines = comments.map((line) => `// ${line}`.trimEnd());
  const list = comparisons.map((comparison) => `  ${pretty(comparison, 2)}`);
  return `${lines.join('\n')}\n[\n${list.join(',\n')}\n]\n`;
}

/** What is longer than a line and has no space, such as a command, stays whole. */
function wrapped(prefix: string, text: string): string[] {
  const indent = ' '.repeat(prefix.length);
  return text.split('\n').flatMap((paragraph, index) => {
    // A command is copied as one line.
    if (paragraph.startsWith('  ')) return [indent + paragraph];
    const lines: string[] = [];
    let line = index === 0 ? prefix : indent;
    for (const word of paragraph.split(' ')) {
      if (line.trim() !== '' && line.length + word.length > width) {
        lines.push(line.trimEnd());
        line = indent;
      }
      line += `${word} `;
    }
    return [...lines, line.trimEnd()];
  });
}

/** On one line what fits there. */
function pretty(value: unknown, indent: number): string {
  const short = oneLine(value);
  if (indent > 2 && short.length + indent <= 100) return short;
  if (typeof value !== 'object' || value === null) return short;
  const inner = ' '.repeat(indent + 2);
  const parts = Array.isArray(value)
    ? value.map((part) => inner + pretty(part, indent + 2))
    : Object.entries(value).map(
        ([key, part]) => `${inner}${JSON.stringify(key)}: ${pretty(part, indent + 2)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.join(',\n')}\n${' '.repeat(indent)}${close}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${oneLine(part)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
