import { type ExpiringItem, isOwnedKind, type Owner } from './item.ts';

/** A user, as far as it can be written to. */
export interface OwnerUser {
  readonly id: number;
  readonly name: string;
  /** Plausible and lower-cased; null: none. */
  readonly address: string | null;
  readonly archived: boolean;
}

/** A user (the one member) or a group with its members; null: there is no such user or group. */
export interface FoundOwner {
  readonly name: string;
  readonly members: readonly OwnerUser[];
}

/** Where it goes when an owner cannot be reached. */
export interface Fallbacks {
  /** `notification_setting.email_recipient`, plausible and lower-cased; null: none. */
  readonly recipient: string | null;
  /** Administrators who can be written to. */
  readonly admins: readonly OwnerUser[];
}

/** Somebody who is alerted, and why, when that is not because they own it. */
export interface Addressee {
  readonly address: string;
  readonly name: string | null;
  readonly userId: number | null;
  readonly reason: string | null;
}

/** Was a message about this item and this expiry to that address in vain? */
export type Unreachable = (address: string) => boolean;

/**
 * Who is alerted of an item: its owner, or the members of the group that owns it; failing that the fallback recipient, failing that the
 * administrators. An address at which a message did not arrive counts as none, except the administrators': there is nobody behind
 * them. Empty: there is no recipient at all.
 */
export function addresseesOf(
  owner: Owner | null,
  found: FoundOwner | null,
  fallbacks: Fallbacks,
  unreachable: Unreachable,
): readonly Addressee[] {
  const reachable = (found?.members ?? []).filter(
    (user) => !user.archived && user.address !== null && !unreachable(user.address),
  );
  if (reachable.length > 0) return reachable.flatMap((user) => toAddressee(user, null));
  return fallbackAddressees(reasonOf(owner, found, unreachable), fallbacks, unreachable);
}

/** The fallback recipient, failing that the administrators; they get the reason. */
export function fallbackAddressees(
  why: string,
  { recipient, admins }: Fallbacks,
  unreachable: Unreachable,
): readonly Addressee[] {
  if (recipient !== null && !unreachable(recipient)) {
    return [{ address: recipient, name: null, userId: null, reason: why }];
  }
  const also = recipient === null ? '' : '; the fallback recipient could not be reached';
  const usable = admins.filter((user) => !user.archived && user.address !== null);
  const arriving = usable.filter((user) => user.address !== null && !unreachable(user.address));
  return (arriving.length > 0 ? arriving : usable).flatMap((user) => toAddressee(user, `${why}${also}`));
}

function toAddressee({ address, name, id }: OwnerUser, reason: string | null): Addressee[] {
  return address === null ? [] : [{ address, name, userId: id, reason }];
}

/** Nobody who is active owns an item that should have an owner, or had one. */
export function isOwnerless({ kind, owner }: Pick<ExpiringItem, 'kind' | 'owner'>, found: FoundOwner | null) {
  if (owner === null) return isOwnedKind(kind);
  return !(found?.members ?? []).some(({ archived }) => !archived);
}

/** Why an item's alerts do not go to an owner. */
export function reasonOf(owner: Owner | null, found: FoundOwner | null, unreachable: Unreachable): string {
  if (owner === null) return 'it has no owner';
  if (found === null) return `its owner (${owner.type} ${owner.id}) does not exist`;
  const whose = owner.type === 'group' ? `its group ${found.name}` : `its owner ${found.name}`;
  const active = found.members.filter((user) => !user.archived);
  if (owner.type === 'group' && found.members.length === 0) return `${whose} has no members`;
  if (active.length === 0) {
    return owner.type === 'group' ? `${whose} has only archived members` : `${whose} is archived`;
  }
  const failed = active.some((user) => user.address !== null && unreachable(user.address));
  return failed ? `a message to ${whose} could not be delivered` : `${whose} has no usable e-mail address`;
}
