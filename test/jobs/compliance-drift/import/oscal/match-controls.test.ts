import { expect, it } from 'vitest';
import type { CatalogControl } from '../../../../../jobs/compliance-drift/import/oscal/flatten-catalog.ts';
import {
  contentHash,
  matchControls,
  type StoredControl,
} from '../../../../../jobs/compliance-drift/import/oscal/match-controls.ts';

interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly alt?: string;
}

function ofFile({ id, title, text, alt }: Requirement): CatalogControl {
  return {
    path: [],
    catalogId: id,
    altIdentifier: alt ?? null,
    controlId: id.toUpperCase(),
    identifiedById: true,
    name: title,
    text,
    description: text,
    tooLong: false,
    withdrawn: false,
  };
}

/** As the import before left it; `kept`: what it remembers of the catalog, too. */
function inDatabase(requirement: Requirement, id: number, kept = true): StoredControl {
  const control = ofFile(requirement);
  return {
    id,
    controlId: control.controlId,
    name: control.name,
    description: control.description,
    catalogId: kept ? control.catalogId : null,
    altIdentifier: kept ? control.altIdentifier : null,
    contentHash: kept ? contentHash(control) : null,
    missing: false,
    rules: 1,
    links: 0,
    decided: false,
  };
}

function match(before: readonly Requirement[], after: readonly Requirement[], kept = true) {
  const { matches, missing, former } = matchControls(
    before.map((one, index) => inDatabase(one, index, kept)),
    after.map(ofFile),
  );
  return {
    matches: [...matches.values()].map(
      ({ stored, control, replaced }) =>
        `${stored.controlId} > ${control.controlId}${replaced ? ' replaced' : ''}`,
    ),
    missing: missing.map(({ controlId }) => controlId),
    former: [...former].map(([{ controlId }, now]) => `${controlId} > ${now}`),
  };
}

const lock = { title: 'Lock', text: 'All doors are locked at night.' };
const test = { title: 'Test', text: 'Backups are tested once a year.' };
const train = { title: 'Train', text: 'Everybody learns what to look for.' };

it.each([true, false])('swapped identifiers follow their requirements (remembered: %s)', (kept) => {
  const found = match(
    [
      { id: 'r1', ...lock },
      { id: 'r2', ...test },
    ],
    [
      { id: 'r2', ...lock },
      { id: 'r1', ...test },
    ],
    kept,
  );
  expect(found).toEqual({ matches: ['R1 > R2', 'R2 > R1'], missing: [], former: [] });
});

it('the identity of the publisher goes before the text, and the text before the id', () => {
  const before = [
    { id: 'r1', alt: 'a', ...lock },
    { id: 'r2', alt: 'b', ...test },
  ];
  const after = [
    { id: 'r2', alt: 'a', ...test },
    { id: 'r1', alt: 'b', ...lock },
  ];
  expect(match(before, after).matches).toEqual(['R1 > R2', 'R2 > R1']);
});

it('another requirement under a known identifier is named; a reworded one is the same', () => {
  const before = [
    { id: 'r1', ...lock },
    { id: 'r2', ...test },
  ];
  const after = [
    { id: 'r1', ...train },
    { id: 'r2', ...test, text: 'Backups are tested twice a year.' },
  ];
  expect(match(before, after).matches).toEqual(['R1 > R1 replaced', 'R2 > R2']);
});

it('a text that is there twice identifies nothing', () => {
  const before = [
    { id: 'r1', ...lock },
    { id: 'r2', ...lock },
  ];
  expect(
    match(before, [
      { id: 'r2', ...lock },
      { id: 'r3', ...lock },
    ]),
  ).toEqual({
    matches: ['R2 > R2'],
    missing: ['R1'],
    former: [],
  });
});

it('a dropped requirement gives its identifier to the one that has it now', () => {
  const before = [
    { id: 'r1', ...lock },
    { id: 'r1-former', ...train },
    { id: 'r2', ...test },
  ];
  expect(match(before, [{ id: 'r1', ...test }])).toEqual({
    matches: ['R2 > R1'],
    missing: ['R1', 'R1-FORMER'],
    former: ['R1 > R1-former'],
  });
});

/** A small generator of its own, so that a failure can be repeated by its seed. */
function randomOf(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const words = 'door lock test night backup year learn look key visitor plan mail log access data'.split(' ');

it('random renumberings never move a rule to another requirement silently', () => {
  for (let seed = 1; seed <= 2000; seed += 1) {
    const random = randomOf(seed);
    const text = () => Array.from({ length: 9 }, () => words[random(words.length)]).join(' ');
    const withAlt = random(2) === 0;
    // `who`: the requirement itself, which the catalog does not tell.
    const before = Array.from({ length: 8 }, (_, who) => ({
      who,
      id: `r${who}`,
      title: `About ${random(6)}`,
      text: text(),
      ...(withAlt && random(5) > 0 ? { alt: `alt-${who}` } : {}),
    }));
    const order = before.map((_, index) => index).sort(() => random(3) - 1);
    const after = order
      .flatMap((place, index) => {
        const one = before[place];
        const id = random(2) === 0 ? `r${index}` : `r${place}`;
        // Some are dropped; another requirement takes the number.
        if (one === undefined || random(6) === 0)
          return [{ who: 100 + index, id, title: `New ${index}`, text: text() }];
        return [{ ...one, id }];
      })
      .filter((one, index, all) => all.findIndex(({ id }) => id === one.id) === index);
    const stored = before.map((one) => inDatabase(one, one.who, random(4) > 0));
    const controls = after.map(ofFile);
    const { matches, former } = matchControls(stored, controls);
    const taken = [...controls.map(({ controlId }) => controlId), ...former.values()];
    expect([seed, new Set(taken).size]).toEqual([seed, taken.length]);
    for (const [control, { stored: one, replaced }] of matches) {
      const who = after[controls.indexOf(control)]?.who;
      if (who !== one.id)
        expect([seed, control.controlId, replaced]).toEqual([seed, control.controlId, true]);
    }
  }
});
