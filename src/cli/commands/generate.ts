import { Command, Option } from '@commander-js/extra-typings';
import { grantRoles } from '../../grants/role-words.ts';
import { examples } from './command-context.ts';

export const generateGrants = () =>
  new Command('grants')
    .description('Print the SQL that gives the roles their rights on this database; nothing is run')
    .addOption(new Option('--role <role>', 'only of this role').choices(grantRoles))
    .addHelpText('after', examples('generate grants', 'generate grants --role reader'));
