import type { OscalParameter } from './catalog-schema.ts';

/** `{{ insert: param, ac-1_prm_1 }}`, and the white space before a punctuation mark that would follow it. */
const insertion = /\{\{\s*(?:insert:\s*param,\s*)?([^\s{},]+)\s*\}\}(?:\s+(?=[.,;:)]))?/g;

/** Choices may insert parameters that offer choices; deeper than this they are not followed. */
const deepest = 8;

/** Characters that parameters may add to one control, and to the catalog as a whole: real ones add some hundreds to a control. */
export const longestExpansion = 100_000;
const longestInAll = 10_000_000;

/** Publishers leave labels and values empty, too. */
const isWritten = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

function assignment(parameter: OscalParameter, id: string, text: (prose: string) => string): string {
  const { select, label, usage } = parameter;
  const values = (parameter.values ?? []).filter(isWritten);
  if (values.length > 0) return values.map((value) => text(value).trim()).join(', ');
  const choices = (select?.choice ?? []).filter(isWritten);
  if (choices.length > 0) {
    const many = select?.['how-many'] === 'one-or-more' ? ' (one or more)' : '';
    return `[Selection${many}: ${choices.map((choice) => text(choice).trim()).join('; ')}]`;
  }
  return `[Assignment: ${text([label, usage].find(isWritten) ?? id).trim()}]`;
}

/** The text of one control. */
export interface ControlProse {
  /**
   * Prose as a person reads it: each insertion becomes the parameter's value, or what is to be chosen or assigned, in the
   * brackets of the printed catalogs: `[Selection (one or more): monthly; yearly]`, `[Assignment: personnel or roles]`.
   */
  insert(prose: string): string;
  /** The parameters add more than {@link longestExpansion}, or with other controls too much: the text is not whole. */
  readonly tooLong: boolean;
}

/**
 * Fills parameters into the prose of a catalog. A few parameters that insert each other several times can demand more text
 * than any memory holds: what they may add is limited.
 */
export class ParameterTexts {
  readonly #parameters: ReadonlyMap<string, OscalParameter>;
  #left = longestInAll;

  constructor(parameters: ReadonlyMap<string, OscalParameter>) {
    this.#parameters = parameters;
  }

  /** For the prose of one control; use it before the next one's. */
  forControl(): ControlProse {
    const enough = Math.max(this.#left - longestExpansion, 0);
    let tooLong = false;
    const at = (text: string, path: readonly string[]): string =>
      text.replace(insertion, (_, id: string) => {
        if (tooLong) return '';
        const parameter = this.#parameters.get(id);
        if (parameter === undefined || path.length >= deepest || path.includes(id))
          return `[Assignment: ${id}]`;
        return assignment(parameter, id, (nested) => {
          // An empty text costs as well: it takes its time.
          this.#left -= 1 + nested.length;
          tooLong ||= this.#left < enough;
          return tooLong ? '' : at(nested, [...path, id]);
        });
      });
    return {
      insert: (prose) => at(prose, []),
      get tooLong() {
        return tooLong;
      },
    };
  }
}
