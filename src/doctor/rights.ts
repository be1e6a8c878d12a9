import { grantStatements, sequenceStatement } from '../grants/grant-statements.ts';
import { quoteIdentifier } from '../grants/quote-identifier.ts';
import type { DatabaseRights, RoleRights } from '../grants/read-rights.ts';
import { type Finding, problem } from './finding.ts';

/** One finding a role, with all that is missing as SQL. */
export function judgeRights({ roles }: DatabaseRights): readonly Finding[] {
  return roles.flatMap((role) => {
    if (!role.exists) {
      return [
        problem(
          `There is no role ${role.role}.`,
          'Run the SQL of `opsdeck-jobs generate grants`, as the owner of the tables.',
        ),
      ];
    }
    const statements = missingStatements(role);
    if (statements.length === 0) return [];
    return [
      problem(
        `The role ${role.role} lacks rights: ${statements.length === 1 ? '1 statement gives' : `${statements.length} statements give`} them.`,
        `As the owner of the tables:\n${statements.join('\n')}`,
      ),
    ];
  });
}

function missingStatements(rights: RoleRights): readonly string[] {
  const to = quoteIdentifier(rights.role);
  return [
    ...(rights.missingSchemas.length === 0
      ? []
      : [`grant usage on schema ${rights.missingSchemas.map(quoteIdentifier).join(', ')} to ${to};`]),
    ...(rights.lacksOwnTables
      ? [`grant select, insert, update on all tables in schema opsdeck_jobs to ${to};`]
      : []),
    ...grantStatements(rights.missing, rights.role).filter((one) => one !== ''),
    ...(rights.missingSequences.length === 0
      ? []
      : [sequenceStatement([...new Set(rights.missingSequences)], rights.role)]),
  ];
}
