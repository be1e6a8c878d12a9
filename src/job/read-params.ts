import { asClause, issueWords } from '../errors/issue-words.ts';
import { usage } from '../errors/usage.ts';
import { nearest } from '../text/suggest.ts';
import type { JobDefinition } from './define-job.ts';

/**
 * Reads `--param name=value` texts by the job's own schema. Every problem is reported at once, with the parameters that there
 * are and the nearest name: OperatorError `invalid_params`, exit 2.
 */
export function readParams(definition: JobDefinition, texts: readonly string[]): Record<string, unknown> {
  const allowed = Object.keys(definition.params.shape);
  const problems: string[] = [];
  const given: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    if (at < 1) problems.push(`'${text}' is not name=value`);
    else if (Object.hasOwn(given, name)) problems.push(`'${name}' is given twice`);
    else if (!allowed.includes(name)) problems.push(unknown(name, allowed));
    else given[name] = text.slice(at + 1);
  }
  const parsed = definition.params.safeParse(given, { error: issueWords });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0] ?? '');
      const value = given[name];
      problems.push(`'${name}' ${value === undefined ? '' : `is '${value}': `}${asClause(issue.message)}`);
    }
  }
  if (parsed.success && problems.length === 0) return parsed.data;
  throw usage(
    `The parameters of ${definition.name} are not valid: ${problems.join('; ')}.`,
    allowed.length === 0
      ? `${definition.name} takes no parameters.`
      : `The parameters of ${definition.name} are: ${allowed.join(', ')}. Give them as --param name=value.`,
    'invalid_params',
  );
}

function unknown(name: string, allowed: readonly string[]): string {
  const suggestion = nearest(name, allowed);
  return `there is no '${name}'${suggestion === undefined ? '' : ` (did you mean '${suggestion}'?)`}`;
}
