import type { Day } from '../../src/time/calendar-day.ts';
import type { Thresholds } from './thresholds.ts';

/** What renews or ends, by the names of the ledger. */
export const itemKinds = [
  'subscription',
  'license',
  'credential',
  'certificate',
  'contract',
  'asset',
  'peripheral',
  'payment_method',
  'risk',
  'training',
  'request',
  'policy',
  'supplier',
  'deadline',
] as const;
export type ItemKind = (typeof itemKinds)[number];

/** Kinds whose items should all have an owner. */
export const ownedKinds = [
  'subscription',
  'license',
  'credential',
  'certificate',
] as const satisfies readonly ItemKind[];
export type OwnedKind = (typeof ownedKinds)[number];

export function isOwnedKind(kind: ItemKind): kind is OwnedKind {
  return ownedKinds.some((owned) => owned === kind);
}

/** As in OpsDeck: `User` or `Group`; anything else is nobody. */
export interface Owner {
  readonly type: 'user' | 'group';
  readonly id: number;
}

export interface Cost {
  readonly amount: number;
  /** As recorded, in capital letters. */
  readonly currency: string;
}

/** What comes on the date of an item. */
export const happenings = ['renews', 'ends', 'expires', 'due'] as const;
export type Happening = (typeof happenings)[number];

/** One item and one of its ends. */
export interface ExpiringItem {
  readonly kind: ItemKind;
  /** The number of its row: see {@link tables}. */
  readonly id: number;
  /** The number in the address of its page; undefined: its own. */
  readonly pageId?: number | undefined;
  /** Where it is described, where OpsDeck has no page of it. */
  readonly link?: string;
  /** A query of the configuration answers it: only that changes its date. */
  readonly answered?: true;
  readonly name: string;
  /** When this changes, alerts start afresh: the date, or the fingerprint of a certificate. */
  readonly key: string;
  readonly expiresOn: Day;
  readonly thresholds: Thresholds;
  readonly happens: Happening;
  /** What is found where it is served; the date is then the end of that, or the day on which it was found. */
  readonly finding?: ItemFinding;
  readonly owner: Owner | null;
  /** Supplier, type, masked value: never a secret. */
  readonly detail: string;
  readonly cost: Cost | null;
  readonly breakGlass: boolean;
  /** The last day on which a renewal can be cancelled, or on which notice can be given. */
  readonly cancelBy: Day | null;
  /** What is recorded and is not so, as phrases. */
  readonly differences: readonly string[];
}

export interface ItemFinding {
  /** Follows the name; a verb with the distance to the date follows it where it `counts`. */
  readonly text: string;
  readonly counts: boolean;
}

/** An item that could not be judged as it is recorded. */
export interface ItemProblem {
  readonly kind: ItemKind;
  readonly id: number;
  readonly name: string;
  /** A phrase that follows the name. */
  readonly problem: string;
}

/** What a reader found. */
export interface FoundItems {
  /** Not archived, whatever their end. */
  readonly total: number;
  readonly items: readonly ExpiringItem[];
  readonly problems: readonly ItemProblem[];
  /** What cannot be watched, as sentences. */
  readonly notes?: readonly string[];
}

/** Which ends a reader looks for. */
export interface ItemScope {
  readonly today: Day;
  /** Up to this day; further ones are left out. */
  readonly until: Day;
  /** Of what renews: occurrences from this day on, so that none is passed over between two runs. */
  readonly since: Day;
  /** Leave out what is past and alerted, of which nothing more is to come. */
  readonly openOnly: boolean;
  /** Of what renews: also what follows the next one up to this day; undefined: only the next. */
  readonly renewalsTo?: Day;
  /** Only this item. */
  readonly id: number | null;
  /** Also what is found where an item is served and has no end of its own. */
  readonly findings?: true;
  /** Only those with such a number. */
  readonly ids?: IdRange;
  /** Takes every renewal in that time; otherwise there is only the next one, and the last if it was not seen. */
  readonly everyRenewal?: RenewalSink;
}

/** Numbers of items, after the first up to and with the last. */
export interface IdRange {
  readonly after: number;
  readonly upTo: number;
}

/** Where renewals go that are too many to be kept together. */
export interface RenewalSink {
  add(item: ExpiringItem): void;
  /** Is what ends on that day left out, and so whatever comes after it? */
  isTooLate(day: Day): boolean;
}

export function ownerOf(type: string | null, id: number | null): Owner | null {
  if (id === null) return null;
  const word = type?.trim().toLowerCase();
  return word === 'user' || word === 'group' ? { type: word, id } : null;
}

/** null: none is recorded, or what no sum could hold (NaN, infinity). */
export function costOf(amount: number | null, currency: string): Cost | null {
  return amount === null || !Number.isFinite(amount) ? null : { amount, currency };
}

/** Where OpsDeck shows an item, below its address; empty: on no page of its own. */
export function pathOf({ kind, id, pageId = id }: Pick<ExpiringItem, 'kind' | 'id' | 'pageId'>): string {
  const page = pages[kind];
  return page === null ? '' : `/${page}/${pageId}`;
}

const pages: Readonly<Record<ItemKind, string | null>> = {
  subscription: 'subscriptions',
  license: 'licenses',
  credential: 'credentials',
  certificate: 'certificates',
  contract: 'contracts',
  asset: 'assets',
  peripheral: 'peripherals',
  payment_method: 'payment-methods',
  risk: 'risk',
  training: 'training/courses',
  request: 'requests',
  policy: 'policies',
  supplier: 'suppliers',
  deadline: null,
};

/** OpsDeck's table of each kind, or ours with its schema. */
export const tables: Readonly<Record<ItemKind, string>> = {
  subscription: 'subscription',
  license: 'license',
  credential: 'credentials',
  certificate: 'certificates',
  contract: 'contract',
  asset: 'asset',
  peripheral: 'peripheral',
  payment_method: 'payment_method',
  risk: 'risk',
  training: 'course_assignment',
  request: 'request',
  policy: 'policy',
  supplier: 'supplier',
  deadline: 'opsdeck_jobs.deadline',
};

export const kindWords: Readonly<Record<ItemKind, { readonly one: string; readonly many: string }>> = {
  subscription: { one: 'subscription', many: 'subscriptions' },
  license: { one: 'licence', many: 'licences' },
  credential: { one: 'credential', many: 'credentials' },
  certificate: { one: 'certificate', many: 'certificates' },
  contract: { one: 'contract', many: 'contracts' },
  asset: { one: 'asset warranty', many: 'asset warranties' },
  peripheral: { one: 'peripheral warranty', many: 'peripheral warranties' },
  payment_method: { one: 'payment method', many: 'payment methods' },
  risk: { one: 'risk review', many: 'risk reviews' },
  training: { one: 'training course', many: 'training courses' },
  request: { one: 'request', many: 'requests' },
  policy: { one: 'policy review', many: 'policy reviews' },
  supplier: { one: 'supplier review', many: 'supplier reviews' },
  deadline: { one: 'deadline', many: 'deadlines' },
};
