import type { RecordKind } from '../src/records/record-kind.ts';
import { activity } from './compliance-drift/records/activity.ts';
import { control } from './compliance-drift/records/control.ts';
import { evidenceRecords } from './compliance-drift/records/evidence.ts';
import { framework } from './compliance-drift/records/framework.ts';
import { link, rule } from './compliance-drift/records/rule.ts';
import { itemRecords } from './expiry/records/items.ts';
import { person } from './uar/records/person.ts';

/** What people correct by command on a database of its own, in the order in which the help names it. */
export const recordKinds: readonly RecordKind[] = [
  ...[framework, control, rule, link, activity, person],
  ...evidenceRecords,
  ...itemRecords,
];
