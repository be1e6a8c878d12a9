import type { OscalParameter } from './catalog-schema.ts';

/** `{{ insert: param, ac-1_prm_1 }}`, and the white space before a punctuation mark that would follow it. */
const insertion = /\{\{\s*(?:insert:\s*param,\s*)?([^\s{},]+)\s*\}\}(?:\s+(?=[.,;:)]))?/g;

/** Choices may insert parameters that offer choices; a circle ends here. */
const deepest = 8;

function assignment(parameter: OscalParameter, id: string, text: (prose: string) => string): string {
  const { values, select, label, usage } = parameter;
  if (values !== undefined && values.length > 0) return values.map((value) => text(value).trim()).join(', ');
  const choices = select?.choice ?? [];
  if (choices.length > 0) {
    const many = select?.['how-many'] === 'one-or-more' ? ' (one or more)' : '';
    return `[Selection${many}: ${choices.map((choice) => text(choice).trim()).join('; ')}]`;
  }
  return `[Assignment: ${text(label ?? usage ?? id).trim()}]`;
}

/**
 * Prose as a person reads it: each insertion becomes the parameter's value, or what is to be chosen or assigned, in the
 * brackets of the printed catalogs: `[Selection (one or more): monthly; yearly]`, `[Assignment: personnel or roles]`.
 */
export function insertParameters(prose: string, parameters: ReadonlyMap<string, OscalParameter>): string {
  const at = (text: string, depth: number): string =>
    text.replace(insertion, (_, id: string) => {
      const parameter = parameters.get(id);
      if (parameter === undefined || depth >= deepest) return `[Assignment: ${id}]`;
      return assignment(parameter, id, (nested) => at(nested, depth + 1));
    });
  return at(prose, 0);
}
