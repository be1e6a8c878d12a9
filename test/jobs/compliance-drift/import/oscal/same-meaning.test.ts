import { expect, it } from 'vitest';
import { sameMeaning } from '../../../../../jobs/compliance-drift/import/oscal/same-meaning.ts';

const none = { altIdentifier: null };

it.each([
  ['the same', ['Lock', 'Doors are locked.'], ['Lock', 'Doors are locked.'], true],
  ['another title', ['Lock', 'Doors are locked.'], ['Locks', 'Doors are locked.'], true],
  ['white space and letter case', ['Lock', 'Doors are locked.'], ['lock ', 'doors  are\nlocked.'], true],
  [
    'reworded',
    ['Lock', 'All doors are always locked.'],
    ['Lock', 'All the doors are locked at night.'],
    true,
  ],
  ['other words', ['Lock', 'All doors are locked.'], ['Lock', 'Backups are tested once a year.'], false],
  ['other title, reworded', ['Lock', 'All doors are locked.'], ['Test', 'All the doors are locked.'], false],
  ['title only', ['Lock', null], ['Lock', null], true],
  ['title only, another one', ['Lock', null], ['Test', null], false],
  ['no text any more', ['Lock', 'All doors are locked.'], ['Lock', null], true],
  ['no text any more, another title', ['Lock', 'All doors are locked.'], ['Test', null], false],
] as const)('%s', (_, [title, text], [newTitle, newText], expected) => {
  const same = sameMeaning({ title, text, ...none }, { title: newTitle, text: newText, ...none });
  expect(same).toBe(expected);
});

it.each([
  ['two identities of the publisher are two requirements', 'a', 'b', false],
  ['one identity is one requirement', 'a', 'a', true],
  ['a catalog that has identities only now proves nothing', null, 'b', true],
])('%s', (_, before, after, expected) => {
  const text = { title: 'Lock', text: 'Doors are locked.' };
  expect(sameMeaning({ ...text, altIdentifier: before }, { ...text, altIdentifier: after })).toBe(expected);
});
