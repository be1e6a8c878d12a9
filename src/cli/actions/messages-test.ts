import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../../config/config.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import { createHttpClient } from '../../net/http-client.ts';
import { networkOf } from '../../net/network-of.ts';
import { mailLacks } from '../../notify/channels/email/mail-sender.ts';
import { type OpenMail, openMail } from '../../notify/channels/email/open-mail.ts';
import { emailSettings } from '../../notify/channels/email/settings.ts';
import type { DeliveryOutcome } from '../../notify/delivery/outcome.ts';
import { plausibleAddress } from '../../notify/plausible-address.ts';
import { systemClock } from '../../time/clock.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';

/** As typed. */
export interface MessagesTestOptions {
  readonly to: string;
  readonly json?: boolean;
}

/** `messages test --to ADDRESS`: one mail, at once and past the queue; needs no database. */
export async function messagesTest(
  io: Io,
  globals: GlobalOptions,
  options: MessagesTestOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const { config } = configuration;
  sayUnread(io, configuration);
  await withMail(io, config, options.to, async ({ server, from, to, send }) => {
    const answer = await send({
      subject: 'A test of opsdeck-jobs',
      html: `<!doctype html><html><body><p>This mail was sent by hand from ${hostname()}, with <code>opsdeck-jobs messages test</code>. E-mail works.</p></body></html>`,
    });
    if (options.json === true) writeJson(io, { server, from, to, ...answer });
    else writeLine(io.stdout, `${server} took the mail to ${to}${acceptedAs(answer.provider_id)}.`);
  });
  return ExitCode.ok;
}

/** E-mail as it is configured, for mails that go at once and past the queue. */
export interface OpenMailNow {
  /** `host:port`. */
  readonly server: string;
  readonly from: string;
  /** Who really gets them. */
  readonly to: string;
  /** @throws OperatorError `mail_server_away`, `mail_refused` */
  send(mail: {
    readonly subject: string;
    readonly html: string;
  }): Promise<{ readonly provider_id: string | null }>;
}

/** @throws OperatorError for an address or a configuration that lets no mail go. */
export async function withMail(
  io: Io,
  config: Config,
  given: string,
  work: (mail: OpenMailNow) => Promise<void>,
): Promise<void> {
  const to = recipient(config, given);
  const settings = emailSettings(config);
  const http = createHttpClient(networkOf(config));
  const mail = openMail(settings, { http, now: () => systemClock.now() });
  if (mail === undefined) {
    await http.close();
    throw usage(
      'E-mail is not configured.',
      `Set ${mailLacks({ ...config, switchedOff: [] })}.`,
      'mail_not_configured',
    );
  }
  try {
    const server = `${settings.server}:${settings.port}`;
    const send: OpenMailNow['send'] = (content) => tryMail(io, mail, to, content);
    await work({ server, from: mail.from.address, to, send });
  } finally {
    mail.channel.close();
    await http.close();
  }
}

/** A copy of production must not write to anybody, not even a test. */
function recipient({ delivery }: Config, given: string): string {
  if (delivery.kind === 'off') {
    throw usage(
      'Delivery is off (OPSDECK_JOBS_DELIVERY=off): nothing is sent.',
      'Set OPSDECK_JOBS_DELIVERY=live, or redirect:ADDRESS.',
      'delivery_off',
    );
  }
  const to = plausibleAddress(given);
  if (to === null) {
    throw usage(`'${given}' is not an e-mail address.`, 'Give --to ana@example.org.', 'invalid_address');
  }
  return delivery.kind === 'redirect' ? delivery.address : to;
}

async function tryMail(
  io: Io,
  { channel, from, replyTo }: OpenMail,
  to: string,
  content: { readonly subject: string; readonly html: string },
): Promise<{ readonly provider_id: string | null }> {
  const state = await channel.check();
  if (state.kind === 'away') throw away(state);
  if (state.kind === 'refused') throw refused(state);
  const outcome = await channel.send(
    {
      id: randomUUID(),
      event: 'test',
      thread: null,
      ...content,
      attempt: 1,
      possibleRepeat: false,
      createdAt: systemClock.now(),
      from,
      to: { name: null, address: to },
      replyTo,
    },
    io.stop,
  );
  if (outcome.kind === 'sent') return { provider_id: outcome.providerId ?? null };
  throw isAway(outcome) ? away(outcome) : refused(outcome);
}

function isAway(outcome: Exclude<DeliveryOutcome, { kind: 'sent' }>): boolean {
  return outcome.kind === 'retry' && outcome.code === 'server_away';
}

function acceptedAs(id: string | null): string {
  return id === null ? '' : `, as ${id}`;
}

/** Why no mail went, and the setting that answers it. */
interface Trouble {
  readonly reason: string;
  readonly next?: string;
}

function away({ reason, next }: Trouble): OperatorError {
  return new OperatorError({
    code: 'mail_server_away',
    message: `The mail was not sent: ${reason}.`,
    next: next ?? 'Check SMTP_SERVER and SMTP_PORT, and the server.',
    exitCode: ExitCode.unavailable,
  });
}

function refused({ reason, next }: Trouble): OperatorError {
  return new OperatorError({
    code: 'mail_refused',
    message: `The mail was not sent: ${reason}.`,
    next: next ?? "Check the address, EMAIL_USERNAME, EMAIL_PASSWORD and the server's certificate.",
    exitCode: ExitCode.failed,
  });
}
