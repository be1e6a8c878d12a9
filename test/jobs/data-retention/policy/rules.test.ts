import { expect, it } from 'vitest';
import {
  archiveFiles,
  archiveName,
  readArchiveName,
} from '../../../../jobs/data-retention/archive/archive-name.ts';
import { keySet } from '../../../../jobs/data-retention/batch/key-set.ts';
import { type BrakeFacts, decideBrake } from '../../../../jobs/data-retention/policy/brake.ts';
import { enabledPolicies, policyHash } from '../../../../jobs/data-retention/policy/policy.ts';
import { retentionSettings } from '../../../../jobs/data-retention/settings.ts';

const facts: BrakeFacts = {
  due: 10,
  before: 0,
  total: 100,
  maxShare: 0.2,
  known: true,
  left: 0,
  given: undefined,
  offered: new Set(),
};
const go = (rows: number, draws = false, accepts = false) => ({ kind: 'go', rows, draws, accepts });
const wait = (reason: string) => ({ kind: 'wait', reason });

it.each<readonly [string, Partial<BrakeFacts>, object]>([
  ['known and below the share', {}, go(10)],
  ['exactly the share', { due: 20 }, go(20)],
  ['one row more than the share', { due: 21 }, wait('max_share')],
  ['with what other policies took, exactly the share', { before: 10 }, go(10)],
  ['with what other policies took, one row more', { before: 11 }, wait('max_share')],
  ['others took all of it, and nothing is due', { due: 0, before: 90 }, go(0)],
  [
    'others took the share, and a number that was printed is given',
    { before: 20, given: 10, offered: new Set([10]) },
    go(10, true, true),
  ],
  ['the first run', { known: false }, wait('first_run')],
  ['the first run, with nothing due', { known: false, due: 0 }, go(0)],
  ['a number that was never printed', { known: false, given: 10 }, wait('first_run')],
  ['a number that was printed', { known: false, given: 10, offered: new Set([10]) }, go(10, true, true)],
  ['more due than was accepted', { due: 40, given: 30, offered: new Set([30]) }, go(30, true, true)],
  ['a share that was accepted and is not used up', { due: 50, left: 45 }, go(45, true)],
  [
    'an acceptance of another number than is needed',
    { due: 50, given: 49, offered: new Set([50]) },
    wait('max_share'),
  ],
  ['an acceptance that is not needed', { given: 5, offered: new Set([5]) }, go(10)],
  ['an empty table', { due: 0, total: 0 }, go(0)],
])('the brake: %s', (_, changes, expected) => {
  expect(decideBrake({ ...facts, ...changes })).toEqual(expected);
});

const own = { table: 'audit_log', timestamp_column: 'timestamp', keep_days: 365, action: 'delete' };

it.each<readonly [string, object, string]>([
  ['a lower floor without a reason', { floor_days: { days: 365, reason: ' ' } }, 'floor_days'],
  [
    'snapshots that are thinned within 90 days',
    { built_in: { drift_snapshots: { keep_all_days: 89 } } },
    '90',
  ],
  ['a table that is not known', { policies: { p: { ...own, table: 'user' } } }, 'policies'],
  [
    'SQL in a name',
    { policies: { p: { ...own, timestamp_column: 'a"; drop table x' } } },
    'is not the name of a column',
  ],
  [
    'an operator that is not one',
    { policies: { p: { ...own, conditions: [{ column: 'a', operator: 'like', value: 'x' }] } } },
    'conditions',
  ],
  [
    'a list where one value is wanted',
    { policies: { p: { ...own, conditions: [{ column: 'a', operator: 'equals', value: [1] }] } } },
    'takes one value',
  ],
  ['anonymise without columns', { policies: { p: { ...own, action: 'anonymise' } } }, 'must name a column'],
  [
    'a table that does not go along',
    { policies: { p: { ...own, related: ['uar_finding'] } } },
    'has no rows that belong to audit_log',
  ],
  [
    'a grandchild without its parent',
    { policies: { p: { ...own, table: 'uar_execution', related: ['opsdeck_jobs.uar_decision'] } } },
    'belongs to uar_finding',
  ],
  ['the name of a built-in policy', { policies: { audit_log: own } }, 'is the name of a built-in policy'],
  ['a relative folder', { archive_dir: 'archive' }, 'is not an absolute path'],
  ['a misspelt setting', { archive_dirs: '/x' }, 'archive_dirs'],
])('settings refuse %s', (_, settings, says) => {
  const checked = retentionSettings.safeParse(settings);
  expect(checked.success).toBe(false);
  expect(JSON.stringify(checked.error?.issues)).toContain(says);
});

it('built-in policies are off until they are switched on, and one of your own is on when it is there', () => {
  const names = (settings: object) =>
    enabledPolicies(retentionSettings.parse(settings)).map(({ name }) => name);
  expect(names({})).toEqual([]);
  expect(names({ built_in: { audit_log: { keep_days: 400 } } })).toEqual([]);
  expect(names({ built_in: { exchange_rate: { enabled: true } }, policies: { mine: own } })).toEqual([
    'exchange_rate',
    'mine',
  ]);
});

it('what is accepted is the content of a policy: whatever changes which rows go changes its hash, and nothing else does', () => {
  const hash = (policy: object) => {
    const [first] = enabledPolicies(retentionSettings.parse({ policies: { p: { ...own, ...policy } } }));
    return first === undefined ? '' : policyHash(first);
  };
  expect(hash({ batch_size: 7 })).toBe(hash({}));
  const changes: readonly object[] = [
    { keep_days: 366 },
    { action: 'archive_then_delete' },
    { max_share: 0.5 },
    { conditions: [{ column: 'action', operator: 'equals', value: 'x' }] },
    { timestamp_column: 'other' },
    { table: 'campaign' },
  ];
  expect(new Set([hash({}), ...changes.map(hash)]).size).toBe(changes.length + 1);
});

it('keys are found in ranges at their edges, and nowhere between', () => {
  const keys = keySet('{[-3,-1),[1,5001),[9007199254740993,9007199254740994)}');
  expect(['-3', '-2', '1', '5000', '9007199254740993'].every((key) => keys.has(key))).toBe(true);
  expect(['-4', '-1', '0', '5001', '9007199254740992', '9007199254740994'].some((key) => keys.has(key))).toBe(
    false,
  );
  expect(keySet(['a', 'b'])).toMatchObject({ size: 2 });
  expect(keySet('{}').has('1')).toBe(false);
});

it('only files with the name of an archive are ours', () => {
  const run = '0a0a0a0a-1111-4222-8333-444444444444';
  const name = archiveName('audit_log', run, 7);
  for (const file of Object.values(archiveFiles(name)))
    expect(readArchiveName(file)).toEqual({ name, runId: run });
  for (const file of [
    'ballast',
    `${name}.ndjson.gz.bak`,
    `x/${name}.ndjson.gz`,
    `${name}.ndjson`,
    `-${run}-00001.ndjson.gz`,
  ])
    expect(readArchiveName(file)).toBeUndefined();
});
