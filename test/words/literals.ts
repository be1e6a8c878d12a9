import { SyntaxKind } from 'typescript/unstable/ast';
import { createScanner } from 'typescript/unstable/ast/scanner';

/** A text of a source file that somebody may read when the program runs. */
export type Literal = { readonly line: number; readonly text: string };

const strings = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
]);

/** After these a slash divides; after anything else it begins a regular expression. */
const operands = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
]);

/** After these a template is tagged: SQL, of which only the quoted texts are meant for people. */
const tags = new Set([SyntaxKind.Identifier, SyntaxKind.GreaterThanToken]);

/** The texts of a TypeScript file. Imports and comments are left out; of SQL the quoted texts are taken. */
export function literalsOf(source: string): readonly Literal[] {
  const scanner = createScanner(true, undefined, source);
  const found: Literal[] = [];
  const open: { tagged: boolean; depth: number }[] = [];
  let before = SyntaxKind.Unknown;
  let twoBefore = '';
  let line = 1;
  let counted = 0;
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const inner = open.at(-1);
    if (kind === SyntaxKind.SlashToken && !operands.has(before)) kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.OpenBraceToken && inner !== undefined) inner.depth += 1;
    if (kind === SyntaxKind.CloseBraceToken && inner !== undefined) {
      if (inner.depth > 0) inner.depth -= 1;
      else kind = scanner.reScanTemplateToken(inner.tagged);
    }
    if (strings.has(kind)) {
      const start = scanner.getTokenStart();
      line += source.slice(counted, start).split('\n').length - 1;
      counted = start;
      const opens = kind === SyntaxKind.TemplateHead || kind === SyntaxKind.NoSubstitutionTemplateLiteral;
      const continues = kind === SyntaxKind.TemplateMiddle || kind === SyntaxKind.TemplateTail;
      const tagged = continues ? inner?.tagged === true : opens && tags.has(before);
      if (kind === SyntaxKind.TemplateHead) open.push({ tagged, depth: 0 });
      if (kind === SyntaxKind.TemplateTail) open.pop();
      const text = scanner.getTokenValue();
      const imported = before === SyntaxKind.FromKeyword || twoBefore === 'import(';
      if (!imported) found.push(...(tagged ? quoted(text) : [text]).map((one) => ({ line, text: one })));
    }
    twoBefore = `${before === SyntaxKind.ImportKeyword ? 'import' : ''}${scanner.getTokenText()}`;
    before = kind;
  }
  return found;
}

/** The texts of statements: quoted, and of more than one word. */
function quoted(statement: string): readonly string[] {
  return [...statement.matchAll(/'([^']*)'/g)]
    .map((match) => match[1] ?? '')
    .filter((text) => text.includes(' '));
}
