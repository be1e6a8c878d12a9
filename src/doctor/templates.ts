import { createRenderer, TemplateFailure } from '../notify/templates/renderer.ts';
import { type Finding, problem } from './finding.ts';

export interface CheckedTemplate {
  readonly name: string;
  readonly subject: string;
  readonly body: string;
}

/** Templates that events use and that do not parse. A value that is missing renders as nothing, so each is tried without any. */
export async function checkTemplates(templates: readonly CheckedTemplate[]): Promise<readonly Finding[]> {
  const renderer = createRenderer();
  try {
    const found = await Promise.all(
      templates.map(async ({ name, subject, body }): Promise<readonly Finding[]> => {
        try {
          await renderer.render({ subject, bodyHtml: body, context: {}, form: 'mail' });
          return [];
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
