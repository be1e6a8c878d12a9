import { parseDuration } from '../../../time/duration.ts';
import type { ChannelSurroundings, ChannelValues, OpenChannel } from '../definition.ts';
import { openMail } from './open-mail.ts';
import { emailSettings } from './settings.ts';

export function openEmail(
  values: ChannelValues,
  surroundings: Pick<ChannelSurroundings, 'http' | 'now'>,
): OpenChannel {
  const settings = emailSettings({ channels: { email: values } });
  const mail = openMail(settings, surroundings);
  if (mail === undefined) return { ready: false, route: () => undefined };
  return {
    ready: true,
    reach: { all: true, places: true, people: true },
    limits: {
      connections: settings.connections,
      perMinute: settings.perMinute ?? null,
      giveUpAfterMs: parseDuration(settings.giveUpAfter, 'mail.give_up_after'),
    },
    route: (message) => {
      const { recipientEmail, recipientName } = message;
      const { id, event, thread, attempt, possibleRepeat, createdAt } = message;
      if (recipientEmail === null) return undefined;
      const to = { name: recipientName, address: recipientEmail };
      return {
        address: { name: recipientEmail },
        form: 'mail',
        send: ({ subject, html, text }, signal) =>
          mail.channel.send(
            {
              ...{ id, event, thread, attempt, possibleRepeat, createdAt, subject, html, text },
              ...{ from: mail.from, to, replyTo: mail.replyTo ?? message.replyTo },
            },
            signal,
          ),
      };
    },
    check: async () => {
      const state = await mail.channel.check();
      if (state.kind === 'ready') return null;
      const fix =
        state.next ??
        (state.kind === 'away'
          ? 'Check SMTP_SERVER and SMTP_PORT, and the server.'
          : "Check EMAIL_USERNAME, EMAIL_PASSWORD, OPSDECK_JOBS_SMTP_STARTTLS and the server's certificate.");
      return { reason: state.reason, fix };
    },
    close: () => mail.channel.close(),
  };
}
