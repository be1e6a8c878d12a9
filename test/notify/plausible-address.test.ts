import { describe, expect, it } from 'vitest';
import { plausibleAddress } from '../../src/notify/plausible-address.ts';

describe('an address that a mail can be sent to', () => {
  it.each([
    ['a@example.com', 'a@example.com'],
    [' Ada.Lovelace+grc@Example.COM ', 'ada.lovelace+grc@example.com'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['root@mailhost', 'root@mailhost'],
    ['jürgen@müller.example', 'jürgen@müller.example'],
    [`${'l'.repeat(64)}@example.com`, `${'l'.repeat(64)}@example.com`],
  ])('%s is one', (text, address) => {
    expect(plausibleAddress(text)).toBe(address);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['no host', 'ada@'],
    ['no name', '@example.com'],
    ['two at signs', 'a@b@example.com'],
    ['a list', 'a@example.com,b@example.com'],
    ['a display name', 'Ada <a@example.com>'],
    ['a header smuggled in', 'a@example.com\r\nBcc: b@example.com'],
    ['a NUL-like control character', 'a\u0007@example.com'],
    ['a name of 65 characters', `${'l'.repeat(65)}@example.com`],
    ['more than the column holds', `a@${'x'.repeat(120)}`],
  ])('%s is none', (_, text) => {
    expect(plausibleAddress(text)).toBeNull();
  });
});
