/** The names of the channels in index.ts. In a file of its own: the types of a user's job have them without the channels themselves. */
export type Channel = 'email' | 'slack' | 'webhook' | 'discord' | 'teams';

/** The kinds of recipients that name a shared destination: those of `place` and `named` of the channels. */
export type SharedRecipientKind = 'slack_channel' | 'slack_webhook' | 'webhook' | 'discord' | 'teams';
