import { createRenderer, TemplateFailure } from '../notify/templates/renderer.ts';
import { printedVariables } from '../notify/templates/used-variables.ts';
import { type Finding, problem, warning } from './finding.ts';
import { someOf } from './job-check.ts';

export interface CheckedTemplate {
  readonly name: string;
  readonly subject: string;
  readonly body: string;
  /** Codes of the events that link to it. */
  readonly events: readonly string[];
}

/**
 * Templates that events use and that do not parse, or print what no message of the event has. A value that is missing renders as
 * nothing, so each is tried without any.
 *
 * @param known the variables of an event, as far as they are known.
 */
export async function checkTemplates(
  templates: readonly CheckedTemplate[],
  known: ReadonlyMap<string, readonly string[]>,
): Promise<readonly Finding[]> {
  const renderer = createRenderer();
  try {
    const found = await Promise.all(
      templates.map(async (template): Promise<readonly Finding[]> => {
        const { name, subject, body } = template;
        try {
          await renderer.render({ subject, bodyHtml: body, context: {}, form: 'mail' });
          return ofVariables(template, known);
        } catch (error) {
          if (!(error instanceof TemplateFailure)) throw error;
          return [
            problem(`The template ${name} cannot be rendered: ${error.reason}.`, 'Correct it in OpsDeck.'),
          ];
        }
      }),
    );
    return found.flat();
  } finally {
    await renderer.close();
  }
}

function ofVariables(
  { name, subject, body, events }: CheckedTemplate,
  known: ReadonlyMap<string, readonly string[]>,
): readonly Finding[] {
  const printed = [...new Set([...printedVariables(subject), ...printedVariables(body)])];
  return events.flatMap((event) => {
    const variables = known.get(event);
    const unknown = variables === undefined ? [] : printed.filter((one) => !variables.includes(one));
    if (unknown.length === 0) return [];
    return [
      warning(
        `The template ${name} prints what no message of ${event} has: ${someOf(unknown)}.`,
        `Use the variables of ${event}: ${variables?.join(', ')}, recipient_name, today.`,
      ),
    ];
  });
}
