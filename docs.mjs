/*
 * Writes what a script can write of the manual: docs/demo.svg, a picture of what `opsdeck-jobs demo` prints; and the pages that
 * test/docs/generated.test.ts compares with the program, by letting that test update them. Needs the built program.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));

function node(args, options) {
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', ...options });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

/** What the demo prints of the two runs, without the lines that name its folder, which it leaves behind. */
function demoLines() {
  const env = { ...process.env, FORCE_COLOR: '1', DATABASE_URL: '' };
  const text = node(['bin/opsdeck-jobs.js', 'demo'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const folder = /\bOPSDECK_JOBS_DATA_DIR=(\S+opsdeck-jobs-demo-\w+) /.exec(text)?.[1];
  if (folder === undefined) throw new Error('the demo names no folder');
  rmSync(folder, { recursive: true });
  const lines = text.split('\n');
  return lines.slice(
    0,
    lines.findIndex((line) => line.includes('4. What turns next')),
  );
}

/** What gives text of a terminal a colour, or ends it. */
const colour = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`, 'g');
const styles = { 1: 'b', 31: 'bad', 32: 'good', 33: 'warning', 36: 'notice' };
const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A line of a terminal without its colours. */
const plain = (line) => line.replaceAll(colour, '');

/** One line of a terminal as spans. The columns stay where they are, whatever font there is: each span begins at its own place. */
function spans(line, cell) {
  const parts = line.split(colour);
  let column = 0;
  let out = '';
  for (let index = 0; index < parts.length; index += 2) {
    const style = styles[parts[index - 1]];
    for (const [word] of parts[index].matchAll(/\S+(?: \S+)*/g)) {
      const at = column + parts[index].indexOf(word);
      const text = word.replace(/[&<>]/g, (character) => escapes[character]);
      out += `<tspan x="${(at * cell).toFixed(1)}"${style === undefined ? '' : ` class="${style}"`}>${text}</tspan>`;
    }
    column += parts[index].length;
  }
  return out;
}

function picture(lines) {
  const cell = 7.85;
  const row = 18;
  const width = Math.ceil(Math.max(...lines.map((line) => plain(line).length)) * cell);
  const height = lines.length * row;
  const rows = lines.map((line, index) =>
    line === '' ? '' : `<text y="${(index + 1) * row - 5}">${spans(line, cell)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="What opsdeck-jobs demo prints" viewBox="-16 -16 ${width + 32} ${height + 32}" width="${width + 32}">
<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee4}.b{font-weight:bold;fill:#fff}.bad{fill:#ff8080}.good{fill:#7ee787}.warning{fill:#e3b341}.notice{fill:#79c0ff}</style>
<rect x="-16" y="-16" width="100%" height="100%" rx="8" fill="#161b22"/>
${rows.filter((text) => text !== '').join('\n')}
</svg>
`;
}

writeFileSync(join(root, 'docs/demo.svg'), picture(demoLines()));
const { bin } = JSON.parse(readFileSync(join(root, 'node_modules/vitest/package.json'), 'utf8'));
node([join('node_modules/vitest', bin.vitest), 'run', 'test/docs/generated.test.ts', '--update'], {
  stdio: 'inherit',
});
