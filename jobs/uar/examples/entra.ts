import type { Example } from './example.ts';
import { approvedAnd, approvedFile, peopleAnd, peopleFile, secretStep } from './parts.ts';

const graph = (path: string) => ({
  url: `https://graph.microsoft.com/v1.0/${path}`,
  items: 'value',
  pagination: { type: 'cursor', path: ['@odata.nextLink'], may_be_absent: true },
  auth: {
    token_url: 'https://login.microsoftonline.com/TENANT-ID/oauth2/v2.0/token',
    client_id: 'CLIENT-ID',
    scope: 'https://graph.microsoft.com/.default',
    secret: 'ENTRA',
  },
});

const userFields = '$select=id,displayName,userPrincipalName,mail,accountEnabled,userType';
const role = ['principal.displayName', 'principal.userPrincipalName', 'roleDefinition.displayName'];
const microsoftTenant = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a';

export const entra: Example = {
  title: 'Microsoft Entra ID: users, guests, active and eligible roles, service principals',
  steps: [
    'In Entra, create an app registration with a client secret, and give it the application permissions of Microsoft Graph User.Read.All, Application.Read.All, RoleAssignmentSchedule.Read.Directory and RoleEligibilitySchedule.Read.Directory, with the consent of an administrator. All of them only read. Roles need Entra ID P2: without it, remove both comparisons of roles.',
    secretStep('ENTRA', 'the value of the client secret', [
      'login.microsoftonline.com',
      'graph.microsoft.com',
    ]),
    peopleFile('email'),
    approvedFile('entra-guests.csv', 'email', 'the mail addresses of approved guests'),
    approvedFile('entra-active-roles.csv', 'id', 'the ids of approved role assignments'),
    approvedFile('entra-eligible-roles.csv', 'id', 'the ids of approved eligible assignments'),
    approvedFile('entra-apps.csv', 'app_id', 'the application ids of approved service principals'),
    'The first execution lists every assignment with its id, person and role: `uar findings`. Take over into the files what is approved.',
  ],
  replace: ['TENANT-ID', 'CLIENT-ID'],
  comparisons: [
    peopleAnd('email', {
      name: 'Entra: users',
      description: 'Enabled members of the tenant whom HR does not know as active.',
      source_b_type: 'API',
      source_b_config: graph(`users?${userFields}&$top=999`),
      key_field_b: 'mail',
      settings: {
        label: 'userPrincipalName',
        show: ['displayName', 'userPrincipalName'],
        where: {
          b: [
            { column: 'accountEnabled', '=': 'true' },
            { column: 'userType', '!=': 'Guest' },
          ],
        },
      },
    }),
    approvedAnd('entra-guests.csv', 'email', {
      name: 'Entra: guests',
      description: 'Enabled guests that are not approved.',
      source_b_type: 'API',
      source_b_config: graph(`users?${userFields}&$top=999`),
      key_field_b: 'mail',
      settings: {
        label: 'userPrincipalName',
        show: ['displayName', 'userPrincipalName'],
        where: {
          b: [
            { column: 'accountEnabled', '=': 'true' },
            { column: 'userType', '=': 'Guest' },
          ],
        },
      },
    }),
    approvedAnd('entra-active-roles.csv', 'id', {
      name: 'Entra: active roles',
      description:
        'Active role assignments that are not approved; activations of eligible roles do not count.',
      source_b_type: 'API',
      source_b_config: graph(
        'roleManagement/directory/roleAssignmentScheduleInstances?$expand=principal,roleDefinition',
      ),
      key_field_b: 'id',
      settings: {
        key: {},
        show: role,
        where: { b: [{ column: 'assignmentType', '=': 'Assigned' }] },
      },
    }),
    approvedAnd('entra-eligible-roles.csv', 'id', {
      name: 'Entra: eligible roles',
      description: 'Eligible role assignments that are not approved.',
      source_b_type: 'API',
      source_b_config: graph(
        'roleManagement/directory/roleEligibilityScheduleInstances?$expand=principal,roleDefinition',
      ),
      key_field_b: 'id',
      settings: { key: {}, show: role },
    }),
    approvedAnd('entra-apps.csv', 'app_id', {
      name: 'Entra: service principals',
      description: 'Enabled service principals that are not approved; those of Microsoft do not count.',
      source_b_type: 'API',
      source_b_config: graph(
        'servicePrincipals?$select=id,appId,displayName,accountEnabled,servicePrincipalType,appOwnerOrganizationId&$top=999',
      ),
      key_field_b: 'appId',
      settings: {
        show: ['displayName', 'servicePrincipalType'],
        where: {
          b: [
            { column: 'accountEnabled', '=': 'true' },
            { column: 'appOwnerOrganizationId', '!=': microsoftTenant },
          ],
        },
      },
    }),
  ],
};
