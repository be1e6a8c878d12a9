import type { ReportDocument } from '../../job/report.ts';
import { safeJson } from '../../text/safe-json.ts';

/** One JSON document, piece by piece: `schema: 1` first; a list in it has one item a line. */
export async function* jsonPieces(
  { before, list, after = {} }: ReportDocument,
  { indented }: { readonly indented: boolean },
): AsyncGenerator<string> {
  const encode = (value: Readonly<Record<string, unknown>>) => safeJson(value, indented ? 2 : undefined);
  const [field, space, item] = indented ? ['\n  ', ' ', '\n    '] : ['', '', '\n'];
  const head = encode({ schema: 1, ...before });
  if (list === undefined) {
    yield `${head}\n`;
    return;
  }
  yield `${head.replace(/\n?\}$/, '')},${field}${JSON.stringify(list.name)}:${space}[`;
  let separator = '';
  for await (const one of list.items) {
    yield `${separator}${item}${encode(one).replaceAll('\n', item)}`;
    separator = ',';
  }
  const end = separator === '' ? ']' : `${indented ? field : item}]`;
  const rest = Object.keys(after).length === 0 ? `${indented ? '\n' : ''}}` : `,${encode(after).slice(1)}`;
  yield `${end}${rest}\n`;
}
