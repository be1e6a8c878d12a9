import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';

function values(text: string, outer?: Record<string, string>): Record<string, string> {
  const { entries } = parseEnvFile(text, outer);
  return Object.fromEntries([...entries].map(([name, { value }]) => [name, value]));
}

describe('parseEnvFile', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['export A = 1 ', { A: '1' }],
    ['A=', { A: '' }],
    ['A', {}],
    ['A=two words # comment', { A: 'two words' }],
    ['A=# comment', { A: '' }],
    ['A=p#ss#word', { A: 'p#ss#word' }],
    ["A='it # is'  # comment", { A: 'it # is' }],
    [`A='raw \\n \${B}'`, { A: `raw \\n \${B}` }],
    ["A='it\\'s'", { A: "it's" }],
    ['A="x\\ty \\"z\\""', { A: 'x\ty "z"' }],
    ['A="first\nsecond"\nB=2', { A: 'first\nsecond', B: '2' }],
    ['\ufeffA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# comment\n\n  # more\nA=1', { A: '1' }],
    ['A=1\nA=2', { A: '2' }],
    ['URL=postgresql://u:p=q@h/db?sslmode=require', { URL: 'postgresql://u:p=q@h/db?sslmode=require' }],
  ])('reads %j', (text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(parseEnvFile(text).badLines).toEqual([]);
  });

  it('replaces names in braces: the outer environment first, then earlier lines, then the default', () => {
    expect(values(`U=file\nA=\${U}-\${V}-\${W:-w}-\${X}`, { U: 'outer', V: 'v' })).toEqual({
      U: 'file',
      A: 'outer-v-w-',
    });
  });

  it('names the lines that mean nothing and reads the others', () => {
    const { entries, badLines } = parseEnvFile('A=1\nsome words\nB="open\n=x\nC=3');
    expect(badLines).toEqual([2, 3, 4]);
    expect([...entries.keys()]).toEqual(['A', 'C']);
  });

  it('knows the line of each value, also after one that spans lines', () => {
    const { entries } = parseEnvFile('# head\nA="1\n2"\nB=2');
    expect(entries.get('A')?.line).toBe(2);
    expect(entries.get('B')?.line).toBe(4);
  });
});
