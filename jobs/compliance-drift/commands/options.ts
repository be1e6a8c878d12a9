import { Option } from '@commander-js/extra-typings';

/** Of a list of controls: another day than now. */
export const asOf = new Option(
  '--as-of <date>',
  'as the snapshot had it that was valid on that day, YYYY-MM-DD; default: as it is now',
);

/** Who decides: a person, never the user of the machine. */
export const byPerson = new Option(
  '--as <email>',
  'who decides: the e-mail address of an active account',
).makeOptionMandatory();

export const ofFramework = new Option(
  '--framework <name>',
  'the framework that the control is in, by name or number',
);

/** How CONTROL may be typed. */
export const controlWords = 'its identifier (also FRAMEWORK:CONTROL), name or number';
