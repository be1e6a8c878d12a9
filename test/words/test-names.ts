import type { Literal } from './literals.ts';

const call = /\b(?:it|test|describe)(?:\.\w+)*\(\s*|\]\)\(\s*|\)\(\s*/;
const caseOfTable = /^\s*\[\s*|[[,]\s*\[\s*/;
const text = /'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\]|\\.)+)`/;

/** The texts that name a test, a group of them or a case of a table: the first of a call or of a row, with more than one word. */
const name = new RegExp(`(?:${call.source}|${caseOfTable.source})(?:${text.source})`, 'gm');

/** The names of the tests in a file. */
export function testNames(source: string): readonly Literal[] {
  return [...source.matchAll(name)].flatMap((found) => {
    const named = found.slice(1).find((one) => one !== undefined) ?? '';
    const line = source.slice(0, found.index + found[0].length - named.length - 1).split('\n').length;
    return named.includes(' ') ? [{ line, text: named }] : [];
  });
}
