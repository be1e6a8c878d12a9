import type { Example } from './example.ts';
import { peopleAnd, peopleFile, secretStep } from './parts.ts';

export const okta: Example = {
  title: 'Okta: users',
  steps: [
    'In Okta, create a service account with the role Read-Only Administrator, and as this account an API token (Security > API > Tokens).',
    secretStep('OKTA', 'the token', ['COMPANY.okta.com']),
    peopleFile('email'),
  ],
  replace: ['COMPANY'],
  comparisons: [
    peopleAnd('email', {
      name: 'Okta: users',
      description: 'Users that are not deactivated, and whom HR does not know as active.',
      source_b_type: 'API',
      source_b_config: {
        url: 'https://COMPANY.okta.com/api/v1/users?limit=200',
        secret: 'OKTA',
        secret_prefix: 'SSWS ',
        pagination: { type: 'link' },
      },
      key_field_b: 'profile.email',
      settings: {
        label: 'profile.login',
        show: ['profile.firstName', 'profile.lastName', 'status', 'lastLogin'],
        where: { b: [{ column: 'status', '!=': 'DEPROVISIONED' }] },
      },
    }),
  ],
};
