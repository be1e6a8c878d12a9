import { Option } from '@commander-js/extra-typings';

/** What the commands that look rates up have in common. */
export const asOf = new Option('--date <date>', 'as of that day, YYYY-MM-DD; default: today');
