import type { Io } from '../../src/cli/io.ts';
import { printReport } from '../../src/cli/runs/print-report.ts';

/** Where its lines end at the latest, also where no terminal has a width: what is shown is for people. */
export const demoColumns = 80;

/** Prints a command as a person types it, so that what is copied works: it goes on in another line only behind a backslash. */
export function printTyped(io: Io, command: string): void {
  const lines = typedLines(command, io.columns ?? demoColumns);
  printReport(
    { ...io, columns: undefined },
    lines.map((text) => ({ kind: 'line', text, tone: 'notice' })),
  );
}

/** Breaks between words that no quotation marks hold together. */
export function typedLines(command: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '$';
  for (const word of command.match(/(?:'[^']*'|[^\s'])+/g) ?? []) {
    if (line !== '$' && line.length + word.length + 3 > columns) {
      lines.push(`${line} \\`);
      line = '   ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
