import type { Example } from './example.ts';
import { peopleAnd, peopleFile } from './parts.ts';

const fields =
  'nextPageToken,users(primaryEmail,name/fullName,suspended,isAdmin,isDelegatedAdmin,isEnrolledIn2Sv,lastLoginTime)';

export const google: Example = {
  title: 'Google Workspace: users',
  steps: [
    'In Google Cloud, create a project with the Admin SDK API, and an OAuth client (web application, consent screen Internal).',
    'As an account whose admin role has Users > Read and nothing else, consent to the scope https://www.googleapis.com/auth/admin.directory.user.readonly, and keep the refresh token (such as with the OAuth 2.0 Playground and your own client).',
    'Set OPSDECK_JOBS_SECRET_GOOGLE to the client secret, OPSDECK_JOBS_SECRET_GOOGLE_REFRESH to the refresh token. In the configuration file, below jobs.uar.settings:\n  "api_hosts": { "GOOGLE": ["oauth2.googleapis.com", "admin.googleapis.com"],\n                 "GOOGLE_REFRESH": ["oauth2.googleapis.com", "admin.googleapis.com"] }',
    peopleFile('email'),
  ],
  replace: ['CLIENT-ID'],
  comparisons: [
    peopleAnd('email', {
      name: 'Google Workspace: users',
      description: 'Users that are not suspended, and whom HR does not know as active.',
      source_b_type: 'API',
      source_b_config: {
        url: `https://admin.googleapis.com/admin/directory/v1/users?customer=my_customer&maxResults=500&fields=${fields}`,
        items: 'users',
        pagination: { type: 'cursor', path: 'nextPageToken', param: 'pageToken', may_be_absent: true },
        auth: {
          token_url: 'https://oauth2.googleapis.com/token',
          client_id: 'CLIENT-ID.apps.googleusercontent.com',
          secret: 'GOOGLE',
          refresh_secret: 'GOOGLE_REFRESH',
        },
      },
      key_field_b: 'primaryEmail',
      settings: {
        show: ['name.fullName', 'isAdmin', 'isEnrolledIn2Sv', 'lastLoginTime'],
        where: { b: [{ column: 'suspended', '!=': 'true' }] },
      },
    }),
  ],
};
