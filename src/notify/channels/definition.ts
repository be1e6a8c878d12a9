import type { HttpClient } from '../../net/http-client.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';
import type { CustomBody } from '../templates/custom-body.ts';
import type { Rendered, RenderForm } from '../templates/render-protocol.ts';
import type { DestinationAddress, MessageToSend } from './message.ts';
import type { Pace, Pacing } from './pace.ts';

/*
 * What there is to know about a channel. Everything that differs between channels is said here, once; adoption, sending, recovery,
 * configuration, masks, options and counts follow from the list in index.ts.
 *
 * A definition holds words and numbers only: `--help` loads it. What sends is loaded by `open`.
 */
export interface ChannelDefinition {
  /** As in OpsDeck's columns and in the configuration file. */
  readonly name: string;
  /** In sentences. */
  readonly label: string;
  /** `person`: each message is for one e-mail address, which is its destination; `shared`: a place that many people read. */
  readonly addressee: 'person' | 'shared';
  /**
   * All its messages go through one server, which is configured. While that is away, or refuses everybody, nothing is tried, and it is
   * no message's failure.
   */
  readonly oneServer: boolean;
  /** What becomes of a message that may have arrived. */
  readonly whenInDoubt: WhenInDoubt;
  readonly atOnce: AtOnce;
  /** undefined: it is never waited for. */
  readonly pacing?: Pacing;
  /** A message may name a place inside the channel (`#alerts`). `recipient`: the kind of recipient that does. */
  readonly place?: { readonly recipient: string };
  /**
   * `destinations` of the configuration file may have an address for it, under this key. `recipient`: the kind that names one.
   * `takesForm`: beside it may stand what is sent to it (`body`, `headers`).
   */
  readonly named?: { readonly recipient: string; readonly key: string; readonly takesForm?: true };
  /** The columns of OpsDeck that hold an address: of `event_rule`, and of `notification_event`. */
  readonly addressColumns?: { readonly rule: string; readonly event?: string };
  /** By the name under which `open` gets the value. */
  readonly settings: Readonly<Record<string, ChannelSetting>>;
  /** Loads what sends, and connects nothing. `values` are those of `settings` that are set. */
  open(values: ChannelValues, surroundings: ChannelSurroundings): Promise<OpenChannel>;
}

/**
 * `again`: its receiver recognises a repeat, so it is sent again. `once`: it is sent once more and marked as a possible repeat;
 * a second doubt is an operator's to decide. `ask`: an operator decides.
 */
export type WhenInDoubt = 'again' | 'once' | 'ask';

/** How many messages are on their way at once; of `oneServer`: for each of its connections. */
export interface AtOnce {
  /** Of the channel. */
  readonly all: number;
  /** Of one place in it. */
  readonly each: number;
  /** On their way, or sent and not recorded: a kill, or a database that takes no outcome, leaves no more than these in doubt. */
  readonly doubt: number;
  /** Of the channel and of one place: marked besides, and next in line, so that a free connection waits for no mark; undefined: 0. */
  readonly ahead?: number;
}

/** Whose tokens log in at a mail server. */
export const mailOAuthProviders = ['microsoft', 'google'] as const;

/** What a setting may be; `src/config` has a schema for each. */
export type ChannelValueKind =
  | 'text'
  | 'port'
  | 'host_name'
  | 'mail_address'
  | 'starttls'
  | 'mail_tls'
  | 'count'
  | 'duration'
  | 'mail_oauth'
  | 'web_address'
  | 'signing_secret';

/** A secret comes from the environment or a file of its own; everything else may also be in the configuration file. */
export type ChannelSetting =
  | {
      readonly variable: string;
      readonly kind: ChannelValueKind;
      readonly secret: true;
      /** For the manual. */
      readonly about: string;
      /** It is where messages go, so all hosts must have the same. */
      readonly routes?: true;
    }
  | {
      readonly variable: string;
      readonly kind: ChannelValueKind;
      readonly secret: false;
      readonly path: readonly [section: string, key: string];
      /** For the JSON Schema of the configuration file. */
      readonly about: string;
      readonly fallback?: string | number;
    };

export type ChannelValues = Readonly<Record<string, string | number>>;

export interface ChannelSurroundings {
  readonly http: HttpClient;
  readonly now: () => Date;
  /** By its `pacing`; one for all who post through that channel. */
  paceOf(channel: string): Pace;
}

export interface OpenChannel {
  /** false: its server is not configured, so no message of it can be sent. */
  readonly ready: boolean;
  /** The messages that it can send without an address of their own; undefined: none. */
  readonly reach?: ChannelReach;
  /** undefined: there is nowhere to send it to, for now. */
  route(message: MessageToSend): ChannelRoute | undefined;
  /** Of `oneServer`: what its server takes, and for how long a recipient that it puts off is tried. */
  readonly limits?: ServerLimits;
  /** Connects and logs in, and sends nothing; undefined: it has no server or login of its own. null: all is well; otherwise what is wrong. */
  check?(signal: AbortSignal): Promise<ChannelFault | null>;
  /** Ends its connections; what is sent later opens others. */
  close?(): void;
}

/** What a configured channel reaches: everything, places that a message names, people by their address. */
export interface ChannelReach {
  readonly all: boolean;
  readonly places: boolean;
  readonly people: boolean;
}

/** Of all senders of one database together. */
export interface ServerLimits {
  /** At once. */
  readonly connections: number;
  /** Messages; null: no limit. */
  readonly perMinute: number | null;
  readonly giveUpAfterMs: number;
}

/** What keeps a channel from sending. */
export interface ChannelFault {
  /** A sentence without a full stop. */
  readonly reason: string;
  /** The setting that mends it. */
  readonly fix: string;
}

/** Where a message goes, and the sending itself. */
export interface ChannelRoute {
  readonly address: DestinationAddress;
  /** What is rendered for it. */
  readonly form: RenderForm;
  /** Of its destination; it takes the place of the rendered text. */
  readonly body?: CustomBody;
  send(rendered: Rendered, signal: AbortSignal): Promise<DeliveryOutcome>;
}
