import { withHead } from '../../record/mail-line.ts';
import type { AtOnce } from '../channels/definition.ts';
import { definitionOf } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import type { Retry } from '../delivery/outcome.ts';
import { withCustomBody } from '../templates/custom-body.ts';
import type { Rendered } from '../templates/render-protocol.ts';
import { TemplateFailure } from '../templates/renderer.ts';
import { withoutAnyValue } from '../templates/used-variables.ts';
import type { BegunMarks } from './begun-marks.ts';
import type { NewTrouble } from './channel-trouble.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import type { MessageContent } from './content.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import type { DeliveryTally } from './delivery-report.ts';
import { type DestinationHealth, type Lesson, withoutBlame } from './destination-health.ts';
import type { Endings } from './endings.ts';
import { InFlight } from './in-flight.ts';
import type { OutboxParts } from './outbox-parts.ts';
import { type Route, routeOf } from './route.ts';
import type { RunState } from './run-state.ts';
import { failedUntried, untried } from './transition.ts';
import { Gone, Unreadable } from './variables.ts';

export interface MessageSenderOptions {
  readonly parts: OutboxParts;
  readonly health: DestinationHealth;
  readonly endings: Endings;
  readonly marks: BegunMarks;
  readonly tally: DeliveryTally;
  readonly state: RunState;
}

const unconfiguredWaitMs = 3_600_000;

type OpenRoute = Extract<Route, { kind: 'route' }>;

interface Progress {
  /** Its first byte may have been sent. */
  begun: boolean;
  readonly sent: () => void;
}

/** One claimed message on its way: whether it may go, where to, its text, the sending, and what came of it. */
export class MessageSender {
  readonly #options: MessageSenderOptions;
  readonly #inFlight = new InFlight((channel) => this.#atOnce(channel));
  readonly #warned = new Set<string>();

  constructor(options: MessageSenderOptions) {
    this.#options = options;
  }

  /**
   * Never rejects: a failure ends the run, and what was not begun is given back.
   *
   * @param sent is called when it has been sent, or refused, and only its end is to be recorded; not always.
   */
  async send(
    message: ClaimedMessage,
    content: MessageContent | Gone | Unreadable | undefined,
    sent: () => void,
  ): Promise<void> {
    // Of what was begun the lease runs out instead, and the message is recovered.
    const progress: Progress = { begun: false, sent };
    try {
      await this.#handle(message, content, progress);
    } catch (error) {
      this.#options.state.fail(error);
      if (!progress.begun) await this.#options.endings.giveBack([message]);
    }
  }

  async #handle(
    message: ClaimedMessage,
    content: MessageContent | Gone | Unreadable | undefined,
    progress: Progress,
  ): Promise<void> {
    const { parts, endings, tally } = this.#options;
    if (this.#isOver(message.channel)) return endings.giveBack([message]);
    if (content === undefined) {
      const reason = 'Its template does not exist any more';
      await endings.end(message, null, failedUntried(message, 'template_missing', reason));
      return;
    }
    if (content instanceof Gone) {
      const reason = `It is about ${content.what}, which OpsDeck has deleted`;
      await endings.end(message, null, failedUntried(message, 'target_missing', reason));
      return;
    }
    if (content instanceof Unreadable) {
      this.#warnOnce(content.reason);
      tally.ended('queued', message.channel, 'variables_unreadable');
      return endings.postpone(message, null, this.#later(), 'variables_unreadable', content.reason);
    }
    if (parts.mode.kind === 'redirect' && definitionOf(message.channel).addressee !== 'person') {
      const reason = 'Delivery is redirected: nothing is sent through this channel';
      const to = untried(message, { state: 'cancelled', code: 'redirected', reason });
      await endings.end(message, null, to);
      return;
    }
    const route = routeOf(parts.channels, message, redirected(content, parts.mode));
    if (route.kind === 'unconfigured') {
      tally.unconfigured(message.channel);
      const reason = `The channel ${message.channel} is not configured`;
      return endings.postpone(message, null, this.#later(), 'not_configured', reason);
    }
    if (await this.#heldBack(message, route)) return;
    const rendered = await this.#render(message, content, route);
    if (rendered !== undefined) await this.#sendRendered(message, rendered, route, progress);
  }

  #atOnce(channel: Channel): AtOnce {
    const { atOnce } = definitionOf(channel);
    if (this.#options.health.isOnTrial(channel)) return { all: 1, each: 1, doubt: 1 };
    const connections = this.#options.parts.channels.byName.get(channel)?.limits?.connections ?? 1;
    return {
      all: atOnce.all * connections,
      each: atOnce.each * connections,
      doubt: atOnce.doubt * connections,
      ahead: (atOnce.ahead ?? 0) * connections,
    };
  }

  /** What keeps many messages back is said once. */
  #warnOnce(reason: string): void {
    if (this.#warned.has(reason)) return;
    this.#warned.add(reason);
    this.#options.parts.logger.warn({ 'event.action': 'message.unreadable' }, `messages wait: ${reason}`);
  }

  /** Nothing more is sent: the run is stopped, the channel is away, or what would be sent could not be recorded. */
  #isOver(channel: Channel): boolean {
    return this.#options.state.isOver || this.#options.health.isAway(channel);
  }

  #later(): Date {
    return new Date(this.#options.parts.clock.now().getTime() + unconfiguredWaitMs);
  }

  /** True when the destination is paused or switched off; the message is then dealt with. */
  async #heldBack(message: ClaimedMessage, { breakerKey }: OpenRoute): Promise<boolean> {
    const { health, endings, tally } = this.#options;
    const obstacle = health.obstacle(breakerKey);
    if (obstacle === undefined) return false;
    if (obstacle.kind === 'off') {
      const reason = `The destination is switched off: ${obstacle.reason}`;
      await endings.end(message, breakerKey, failedUntried(message, 'destination_off', reason));
      return true;
    }
    tally.paused();
    const reason = `The destination is paused: ${obstacle.reason}`;
    await endings.postpone(message, breakerKey, obstacle.until, 'destination_paused', reason);
    return true;
  }

  /** undefined: its template cannot be rendered; the message is then dealt with. */
  async #render(
    message: ClaimedMessage,
    content: MessageContent,
    { form, body }: OpenRoute,
  ): Promise<Rendered | undefined> {
    const { parts, endings } = this.#options;
    const { subject, bodyHtml, context, recordHead } = content;
    const missing = withoutAnyValue(form === 'subject' ? [subject] : [subject, bodyHtml], context);
    if (missing !== undefined) {
      const reason = `None of the variables of its template has a value: ${missing.join(', ')}`;
      await endings.end(message, null, failedUntried(message, 'empty_message', reason));
      return undefined;
    }
    try {
      const rendered = await parts.renderer.render({
        subject,
        // What is not rendered needs no way to the renderer's thread.
        bodyHtml: form === 'subject' ? '' : form === 'mail' ? withHead(bodyHtml, recordHead) : bodyHtml,
        context,
        form,
      });
      if (parts.mode.kind !== 'redirect') return await withCustomBody(parts.renderer, body, rendered);
      return { ...rendered, subject: `[to ${content.recipientEmail ?? 'no address'}] ${rendered.subject}` };
    } catch (error) {
      if (!(error instanceof TemplateFailure)) throw error;
      await endings.end(message, null, failedUntried(message, error.code, error.reason));
      return undefined;
    }
  }

  async #sendRendered(
    message: ClaimedMessage,
    rendered: Rendered,
    route: OpenRoute,
    progress: Progress,
  ): Promise<void> {
    await this.#inFlight.enter(message.channel, route.breakerKey);
    try {
      await this.#sendInTurn(message, rendered, route, progress);
    } finally {
      this.#inFlight.settle(message.channel);
    }
  }

  /** With a place among those in flight, which is given up as soon as it is sent. */
  async #sendInTurn(
    message: ClaimedMessage,
    rendered: Rendered,
    route: OpenRoute,
    progress: Progress,
  ): Promise<void> {
    const { endings, health, marks, state } = this.#options;
    let lesson: Lesson;
    let trouble: NewTrouble | undefined;
    try {
      // Much may have happened while it waited for its place.
      if (this.#isOver(message.channel)) return await endings.giveBack([message]);
      if (await this.#heldBack(message, route)) return;
      // Of a lease that is not ours any more nothing is given back.
      if (!(await marks.mark(message.id))) return await endings.giveBack([message]);
      await this.#inFlight.depart(message.channel, route.breakerKey);
      try {
        // It is marked, and nothing of it was sent.
        if (this.#isOver(message.channel)) return await endings.giveBack([message]);
        progress.begun = true;
        const begun = performance.now();
        const sent = await route.send(rendered, state.signal);
        const { channel, destination } = message;
        const outcome = withoutBlame(channel, sent);
        lesson = { channel, key: route.breakerKey, destination, begun, outcome };
        trouble = health.notice(lesson);
      } finally {
        this.#inFlight.arrive(message.channel, route.breakerKey);
      }
    } finally {
      this.#inFlight.leave(message.channel, route.breakerKey);
      progress.sent();
    }
    const { outcome } = lesson;
    if (outcome.kind === 'retry' && outcome.code === 'paced') {
      return this.#postponePaced(message, route.breakerKey, outcome);
    }
    const ours = await endings.end(message, route.breakerKey, outcome);
    // Whoever stood still for so long has broken its connections itself.
    if (ours || outcome.kind !== 'retry') await health.learn(lesson, trouble);
  }

  /** Our own pace, not a refusal: it comes back when its turn may be, spread so that many do not come back as one. */
  async #postponePaced(message: ClaimedMessage, breakerKey: string, { reason, retryAfterMs = 0 }: Retry) {
    const { parts, endings, tally } = this.#options;
    const until = new Date(parts.clock.now().getTime() + retryAfterMs * (1 + parts.random()));
    tally.paused();
    await endings.postpone(message, breakerKey, until, 'paced', reason);
    parts.logger.info(
      { 'event.action': 'message.paced', 'labels.message_id': message.id, 'labels.channel': message.channel },
      `message ${message.communication_id} to ${message.destination} waits for its turn until ${until.toISOString()}`,
    );
  }
}

function redirected(content: MessageContent, mode: DeliveryMode): MessageContent {
  return mode.kind === 'redirect' ? { ...content, recipientEmail: mode.address, replyTo: null } : content;
}
