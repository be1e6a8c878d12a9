import type { Picture } from '../../../src/job/report-page.ts';
import type { ApplicableControl } from './read.ts';

/** With more bars than this nothing can be seen: then it is one a framework. */
const mostThemes = 24;

/** How many controls apply, do not apply, or have no justification, by the part of a framework that their identifiers name. */
export function applicabilityByTheme(controls: readonly ApplicableControl[]): Picture {
  const several = new Set(controls.map(({ framework }) => framework)).size > 1;
  const theme = ({ framework, controlId }: ApplicableControl) =>
    [...(several ? [framework] : []), themeOf(controlId)].join(' ');
  const byTheme = new Set(controls.map(theme)).size <= mostThemes;
  const nameOf = byTheme ? theme : ({ framework }: ApplicableControl) => framework;
  const rows = [...new Set(controls.map(nameOf))].toSorted(identifiers.compare);
  const having = (wanted: (one: ApplicableControl) => boolean) =>
    rows.map((row) => controls.filter((one) => nameOf(one) === row && wanted(one)).length);
  return {
    kind: 'bars',
    title: `Applicability by ${byTheme ? 'theme' : 'framework'}`,
    description: `Each bar is ${byTheme ? 'what the identifiers of a theme begin with' : 'a framework'}; its parts are the controls that apply, that do not, and that have no justification for either.`,
    each: byTheme ? 'theme' : 'framework',
    rows,
    series: [
      {
        name: 'applicable, justified',
        paint: 'good',
        values: having((one) => one.applicable && one.justification !== null),
      },
      {
        name: 'not applicable, justified',
        paint: 'neutral',
        values: having((one) => !one.applicable && one.justification !== null),
      },
      {
        name: 'justification missing',
        paint: 'critical',
        values: having((one) => one.justification === null),
      },
    ],
  };
}

const identifiers = new Intl.Collator('en', { numeric: true });

/** `A.5` of A.5.12, `AC` of AC-2(1): up to the last separator outside brackets. */
function themeOf(controlId: string): string {
  const plain = controlId.replace(/\(.*$/, '');
  const end = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf('-'));
  return end <= 0 ? plain : plain.slice(0, end);
}
