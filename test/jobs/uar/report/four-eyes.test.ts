import { expect, it } from 'vitest';
import { fourEyesOf } from '../../../../jobs/uar/report/four-eyes.ts';

const cases = [
  ['others decided, elsewhere', ['bo@example.org'], ['os:bo@desk'], 'os:ana@desk', []],
  ['nothing was decided', [], [], 'os:ana@desk', []],
  [
    'the signer decided, in other letters',
    ['bo@example.org', 'Ana@Example.org'],
    [],
    'os:ana@desk',
    ['decided'],
  ],
  ['one user of a machine entered both', ['bo@example.org'], ['os:ana@desk'], 'os:ana@desk', ['entered']],
  ['both', ['ana@example.org'], ['os:ana@desk'], 'os:ana@desk', ['decided', 'entered']],
  ['who entered the sign-off is unknown', ['bo@example.org'], ['os:ana@desk'], null, []],
] as const;

it.each(cases)('four eyes: %s', (_, people, machineUsers, enteredBy, expected) => {
  const deciders = { people: new Set<string>(people), machineUsers: new Set<string>(machineUsers) };
  const { met, reasons } = fourEyesOf(deciders, { email: 'ana@example.org', enteredBy });
  expect(met).toBe(expected.length === 0);
  expect(reasons).toEqual(expected.map((word) => expect.stringContaining(word)));
});
