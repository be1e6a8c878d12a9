import { Option } from '@commander-js/extra-typings';

/** Of a list of controls: another day than now. */
export const asOf = new Option(
  '--as-of <date>',
  'as the snapshot had it that was valid on that day, YYYY-MM-DD; default: as it is now',
);
