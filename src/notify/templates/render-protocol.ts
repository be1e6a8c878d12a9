import type { JsonObject } from '../../text/json.ts';

/**
 * What is made of the body: `mail` the HTML and its plain-text part; `mrkdwn` Slack's text; `chat` text for Discord, in which nothing
 * is Markdown; `lines` plain text in lines as long as they are;
 * `subject` nothing, the body is not even rendered; `plain` the body as it is, without escaping.
 */
export type RenderForm = 'mail' | 'mrkdwn' | 'chat' | 'lines' | 'subject' | 'plain';

/** What one message is rendered from. */
export interface RenderRequest {
  /** Jinja, rendered without escaping. */
  readonly subject: string;
  /** Jinja, rendered with HTML escaping unless the form is `plain`. */
  readonly bodyHtml: string;
  /** Variables of both. Dates are text, `2026-11-24` or `2026-11-24 09:30:00`, in the zone that readers expect. */
  readonly context: JsonObject;
  readonly form: RenderForm;
}

export interface Rendered {
  /** One line. */
  readonly subject: string;
  /** Of a mail; otherwise empty. */
  readonly html: string;
  /** In the form that was wanted. */
  readonly text: string;
}

/** `template_error`: the template is wrong; `template_limit`: it takes too much time, memory or space. */
export type TemplateFailureCode = 'template_error' | 'template_limit';

/** What the thread answers; `ready` once, when it has started. */
export type RenderAnswer =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'rendered'; readonly worn: boolean } & Rendered)
  | {
      readonly kind: 'failed';
      readonly worn: boolean;
      readonly code: TemplateFailureCode;
      /** One sentence without a full stop; may quote the template, never the variables. */
      readonly reason: string;
    };
// `worn`: this thread must not be used again, because its engine broke or holds much memory that it cannot give back.
