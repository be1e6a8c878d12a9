import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The documents of the repository, as paths from its folder. */
export const documents: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].sort();

export function textOf(document: string): string {
  return readFileSync(`${root}/${document}`, 'utf8');
}

interface Block {
  /** Document and line, for whoever reads a failure. */
  readonly place: string;
  readonly language: string;
  /** What follows the language: `no-run`, `no-config`. */
  readonly mark: string;
  readonly text: string;
}

const fence = /^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of all documents. */
export const blocks: readonly Block[] = documents.flatMap((document) => {
  const text = textOf(document);
  return [...text.matchAll(fence)].map((found): Block => {
    const [, language = '', mark = '', inside = ''] = found;
    const line = text.slice(0, found.index).split('\n').length;
    return { place: `${document}:${line}`, language, mark, text: inside };
  });
});

/** The first block in a language below a heading of a document. */
export function codeAfter(document: string, heading: string, language: string): string {
  const [, below] = textOf(document).split(`\n### ${heading}\n`);
  const found = [...(below ?? '').matchAll(fence)].find(([, of]) => of === language);
  if (found?.[3] === undefined) throw new Error(`${document} has no ${language} below ${heading}`);
  return found[3];
}

/** What is written in prose as code. */
export function codeInProse(document: string): readonly string[] {
  const prose = textOf(document).replaceAll(fence, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** The words of a shell's command: quotes are taken off, a comment ends it. Nothing else of a shell is known. */
export function shellWords(line: string): readonly string[] {
  const found = line.match(/#.*|(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const comment = found.findIndex((word) => word.startsWith('#'));
  return (comment === -1 ? found : found.slice(0, comment)).map((word) => word.replace(/["']/g, ''));
}

interface ProgramCall {
  readonly place: string;
  readonly args: readonly string[];
  /** The block is not marked. */
  readonly runs: boolean;
}

/** Each call of the program in the blocks that a shell, crontab or systemd reads. */
export const programCalls: readonly ProgramCall[] = blocks
  .filter(({ language }) => ['sh', 'cron', 'ini'].includes(language))
  .flatMap(({ place, language, mark, text }) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .flatMap((line) => {
        const words = shellWords(line);
        const at = words.findIndex((word) => /^(?:ExecStart=)?(?:\/\S*\/)?opsdeck-jobs$/.test(word));
        const end = words.findIndex((word, index) => index > at && /^(?:[|;&<>]|&&|\|\|)$/.test(word));
        if (at === -1 || words.slice(0, at).some((word) => /^(?:npm|systemctl|useradd|install)$/.test(word)))
          return [];
        const args = words.slice(at + 1, end === -1 ? undefined : end);
        return [{ place, args, runs: language === 'sh' && mark === '' }];
      }),
  );
