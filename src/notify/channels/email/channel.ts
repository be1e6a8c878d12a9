import type { ChannelDefinition } from '../definition.ts';
import { mailConnections } from './connections.ts';

/** One mail server for all; a mail program shows a repeat, so a mail that may have arrived goes once more and says so. */
export const email = {
  name: 'email',
  label: 'e-mail',
  addressee: 'person',
  oneServer: true,
  whenInDoubt: 'once',
  // More than there are connections, so that the next is there when one is free, although it must be marked first.
  atOnce: { all: 3 * mailConnections, each: 3 * mailConnections, doubt: 6 * mailConnections },
  settings: {
    server: {
      variable: 'SMTP_SERVER',
      kind: 'host_name',
      secret: false,
      path: ['mail', 'server'],
      about: 'SMTP server.',
      fallback: 'localhost',
    },
    port: {
      variable: 'SMTP_PORT',
      kind: 'port',
      secret: false,
      path: ['mail', 'port'],
      about: 'SMTP port.',
      fallback: 587,
    },
    username: {
      variable: 'EMAIL_USERNAME',
      kind: 'text',
      secret: false,
      path: ['mail', 'username'],
      about: 'SMTP user.',
    },
    senderName: {
      variable: 'EMAIL_SENDER_NAME',
      kind: 'text',
      secret: false,
      path: ['mail', 'sender_name'],
      about: 'Name that mails come from.',
      fallback: 'OpsDeck',
    },
    from: {
      variable: 'OPSDECK_JOBS_MAIL_FROM',
      kind: 'mail_address',
      secret: false,
      path: ['mail', 'from'],
      about: 'Address that mails come from.',
    },
    starttls: {
      variable: 'OPSDECK_JOBS_SMTP_STARTTLS',
      kind: 'starttls',
      secret: false,
      path: ['mail', 'starttls'],
      about: 'Whether the connection must be encrypted (port 465 always is). Default: required.',
      fallback: 'required',
    },
    password: { variable: 'EMAIL_PASSWORD', kind: 'text', secret: true, about: 'SMTP password.' },
  },
  open: async (values) => (await import('./open.ts')).openEmail(values),
} as const satisfies ChannelDefinition;
