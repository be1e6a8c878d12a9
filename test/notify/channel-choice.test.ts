import { describe, expect, it } from 'vitest';
import { readChannels } from '../../src/notify/channel-choice.ts';
import { sharedDestination } from '../../src/notify/destination-name.ts';

describe('the channels of an event', () => {
  it.each([
    ['SQL NULL or JSON null', null, ['email'], 0],
    ['an empty list', [], ['email'], 0],
    ['a list', ['slack', 'email'], ['slack', 'email'], 0],
    ['a name twice', ['email', 'email'], ['email'], 0],
    ['an unknown name beside a known one', ['matrix', 'slack'], ['slack'], 1],
    ['only unknown names: e-mail, so that a slip silences nothing', ['matrix', 4], ['email'], 1],
    ['no list at all', { email: true }, ['email'], 1],
    ['a bare word', 'slack', ['email'], 1],
  ])('%s', (_, stored, expected, notes) => {
    const choice = readChannels('X', stored);
    expect(choice.channels).toEqual(expected);
    expect(choice.notes).toHaveLength(notes);
  });

  it('names what it does not know', () => {
    expect(readChannels('X', ['matrix', 'slack']).notes).toEqual([
      'Event X names no such channel: matrix; left out.',
    ]);
    expect(readChannels('X', ['matrix']).notes).toEqual([
      'Event X names no such channel: matrix; e-mail is used.',
    ]);
  });
});

describe('the name of a shared destination', () => {
  it.each([
    ['slack', 'grc', 'slack:#grc'],
    ['slack', '#grc', 'slack:#grc'],
    ['slack', ' ', 'slack:webhook'],
    ['slack', null, 'slack:webhook'],
    ['webhook', 'grc', 'webhook'],
    ['discord', null, 'discord'],
  ] as const)('%s with channel %s is %s', (channel, target, expected) => {
    expect(sharedDestination(channel, target).destination).toBe(expected);
  });
});
