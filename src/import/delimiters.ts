/** In the order in which they are preferred where the header has equally many. */
export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

/** The one that the header has most of outside quotation marks; none at all: a single column. */
export function detectDelimiter(header: string): Delimiter {
  const bare = header.replace(/"[^"]*"/g, '');
  const [first] = delimiters
    .map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }))
    .sort((a, b) => b.count - a.count);
  return first?.delimiter ?? ',';
}

/** What `sep=;` says, which spreadsheets write into the first line; undefined: the line is another one. */
export function delimiterLine(line: string): Delimiter | undefined {
  const said = /^"?sep=([,;|\t])"?$/i.exec(line)?.[1];
  return delimiters.find((one) => one === said);
}
