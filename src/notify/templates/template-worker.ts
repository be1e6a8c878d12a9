import { parentPort } from 'node:worker_threads';
import { Environment, initSync } from 'minijinja-js/dist/web/minijinja_js.js';
import wasm from 'minijinja-js/dist/web/minijinja_js_bg.wasm';
import { plainLines, plainText } from '../../text/plain-text.ts';
import { htmlToChatText, htmlToLongLines, htmlToMailText } from '../forms/html-to-plain.ts';
import { htmlToMrkdwn } from '../forms/mrkdwn.ts';
import { bodyExcess, lengthExcess } from './body-limits.ts';
import { dateCallsAsFilters } from './date-calls.ts';
import { type Filter, FilterError, filters } from './filters.ts';
import { limitMemory } from './memory-limit.ts';
import type { RenderAnswer, RenderForm, RenderRequest, TemplateFailureCode } from './render-protocol.ts';

/*
 * The thread that renders templates, which administrators of OpsDeck write. The engine is Jinja compiled to WebAssembly:
 * a template sees its variables and the filters below, no object of this program.
 *
 * | too much of       | is stopped by                                          |
 * | ----------------- | ------------------------------------------------------ |
 * | loops             | fuel: a count of the engine's instructions             |
 * | memory            | the maximum of the WebAssembly memory; resourceLimits  |
 * | output            | its length, and how deep it is nested (body-limits.ts)  |
 * | anything else     | the clock of the thread that waits for the answer      |
 */

const port = parentPort;
if (port === null) throw new Error('this file is the thread of the templates, not a program');

const memoryBytes = 256 * 2 ** 20;
/** WebAssembly memory never shrinks: a thread that holds more than this is given up. */
const wornBytes = 64 * 2 ** 20;
/** About a quarter of a second; a mail with ten thousand rows needs a tenth of it. */
const fuel = 5_000_000;
const longestSubject = 500;

const { memory } = initSync({ module: limitMemory(wasm, memoryBytes) });
let complaint: string | undefined;
const environment = makeEnvironment();

function makeEnvironment(): Environment {
  const made = new Environment();
  made.enablePyCompat();
  made.undefinedBehavior = 'chainable';
  made.fuel = fuel;
  // It prints the engine's insides.
  made.removeGlobal('debug');
  for (const [name, filter] of Object.entries(filters)) made.addFilter(name, harmless(filter));
  return made;
}

/** An exception inside a filter would break the engine; it is kept, and fails the message afterwards. */
function harmless(filter: Filter): Filter {
  return (...values) => {
    try {
      return filter(...values);
    } catch (error) {
      complaint ??= error instanceof FilterError ? error.message : 'a filter failed';
      return '';
    }
  };
}

port.on('message', (requests: readonly RenderRequest[]) => {
  for (const request of requests) {
    const answered = answer(request);
    port.postMessage(answered);
    if (answered.kind !== 'ready' && answered.worn) return;
  }
});
port.postMessage({ kind: 'ready' } satisfies RenderAnswer);

function answer({ subject, bodyHtml, context, form }: RenderRequest): RenderAnswer {
  complaint = undefined;
  try {
    const renderedSubject = render('subject.txt', subject, context);
    const html =
      form === 'subject' ? '' : render(form === 'plain' ? 'body.txt' : 'body.html', bodyHtml, context);
    if (complaint !== undefined) return failed('template_error', complaint);
    const excess = form === 'plain' ? lengthExcess(html) : bodyExcess(html);
    if (excess !== undefined) return failed('template_limit', excess);
    return {
      kind: 'rendered',
      worn: isWorn(),
      subject: oneLine(renderedSubject),
      html: form === 'mail' ? html : '',
      text: textForms[form](html),
    };
  } catch (error) {
    return explained(error);
  }
}

const textForms: Readonly<Record<RenderForm, (html: string) => string>> = {
  mail: htmlToMailText,
  mrkdwn: (html) => plainLines(htmlToMrkdwn(html)),
  chat: (html) => plainLines(htmlToChatText(html)),
  lines: htmlToLongLines,
  subject: () => '',
  plain: (text) => text,
};

/** The name decides about escaping and stands in the engine's messages. */
function render(name: 'subject.txt' | 'body.html' | 'body.txt', template: string, context: unknown): string {
  return environment.renderNamedStr(name, dateCallsAsFilters(template), context);
}

function explained(error: unknown): RenderAnswer {
  // The engine aborted: out of memory, or a fault of its own. Nothing in it can be relied on any more.
  if (error instanceof Error && error.name === 'RuntimeError') {
    return failed('template_limit', 'the template needs too much memory', true);
  }
  // What was rendered does not fit into a text of JavaScript, or a filter recursed too deep.
  if (error instanceof RangeError) return failed('template_limit', 'the template needs too much memory');
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (message.includes('Cannot create a string longer')) {
    return failed('template_limit', 'the template needs too much memory');
  }
  if (message.includes('ran out of fuel')) return failed('template_limit', 'the template does not end');
  return failed('template_error', plainText(message).slice(0, 300));
}

function failed(code: TemplateFailureCode, reason: string, worn = isWorn()): RenderAnswer {
  return { kind: 'failed', worn, code, reason };
}

function isWorn(): boolean {
  return memory.buffer.byteLength > wornBytes;
}

function oneLine(subject: string): string {
  const line = plainText(subject).replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= longestSubject ? line : `${characters.slice(0, longestSubject - 1).join('')}…`;
}
