import type { JsonObject } from '../../text/json.ts';
import type { Rendered } from './render-protocol.ts';
import { type Renderer, TemplateFailure } from './renderer.ts';

/** The body that a destination of the configuration file wants. */
export interface CustomBody {
  /** Jinja. */
  readonly template: string;
  /** What is not JSON is not sent. */
  readonly isJson: boolean;
  variables(rendered: Rendered): JsonObject;
}

/**
 * What is sent: the rendered message, with the body of its destination as its text.
 *
 * @throws TemplateFailure
 */
export async function withCustomBody(
  renderer: Renderer,
  body: CustomBody | undefined,
  rendered: Rendered,
): Promise<Rendered> {
  if (body === undefined) return rendered;
  const { text } = await renderer.render({
    subject: '',
    bodyHtml: body.template,
    context: body.variables(rendered),
    form: 'plain',
  });
  if (body.isJson && !isJson(text)) {
    const reason = 'the body of its destination is not JSON; print values with `| tojson`';
    throw new TemplateFailure('template_error', reason);
  }
  return { ...rendered, text };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
