/** Reads the text form of a PostgreSQL array (`{1,NULL,"a \"b\""}`, also nested, also with bounds in front). */
export function parseArray(text: string, parseElement: (text: string) => unknown): unknown[] {
  // Bounds that do not start at 1 are written in front: [0:1]={a,b}
  let position = text.startsWith('[') ? text.indexOf('=') + 1 : 0;

  function element(): unknown {
    if (text[position] === '{') return list();
    if (text[position] === '"') return parseElement(quoted());
    const start = position;
    while (position < text.length && text[position] !== ',' && text[position] !== '}') position++;
    const bare = text.slice(start, position);
    return bare === 'NULL' ? null : parseElement(bare);
  }

  function quoted(): string {
    let value = '';
    position++;
    while (position < text.length && text[position] !== '"') {
      if (text[position] === '\\') position++;
      value += text[position] ?? '';
      position++;
    }
    position++;
    return value;
  }

  function list(): unknown[] {
    const elements: unknown[] = [];
    position++;
    while (position < text.length && text[position] !== '}') {
      elements.push(element());
      if (text[position] === ',') position++;
    }
    position++;
    return elements;
  }

  return list();
}
