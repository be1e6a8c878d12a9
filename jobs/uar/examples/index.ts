import { aws } from './aws.ts';
import { entra } from './entra.ts';
import type { Example } from './example.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { ldap } from './ldap.ts';
import { okta } from './okta.ts';
import { slack } from './slack.ts';
import type { System } from './systems.ts';

export const examplesOfSystems: Readonly<Record<System, Example>> = {
  entra,
  google,
  okta,
  github,
  slack,
  aws,
  ldap,
};
