/** The first of a list of which one more than `limit` was asked for; `last`: the last of these, where the list goes on. */
export function cutAt<Item>(
  limit: number,
  found: readonly Item[],
): { readonly shown: readonly Item[]; readonly last: Item | undefined } {
  const shown = found.slice(0, limit);
  return { shown, last: found.length > limit ? shown.at(-1) : undefined };
}
