import type { Example } from './example.ts';
import { approvedAnd, approvedFile, peopleAnd, peopleFile, secretStep } from './parts.ts';

const list = (path: string) => ({
  url: `https://api.github.com/orgs/ORGANIZATION/${path}per_page=100`,
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  secret: 'GITHUB',
  pagination: { type: 'link', may_be_absent: true },
});

export const github: Example = {
  title: 'GitHub: members, owners and outside collaborators of an organization',
  steps: [
    'In GitHub, as an owner of the organization, create a fine-grained personal access token: resource owner the organization, no repository, and the organization permission Members (read-only). A token of another account does not see every member.',
    secretStep('GITHUB', 'the token', ['api.github.com']),
    peopleFile('github_login'),
    approvedFile('github-owners.csv', 'login', 'the logins of approved owners'),
    approvedFile('github-outside.csv', 'login', 'the logins of approved outside collaborators'),
  ],
  replace: ['ORGANIZATION'],
  comparisons: [
    peopleAnd('github_login', {
      name: 'GitHub: members',
      description: 'Members whom HR does not know as active.',
      source_b_type: 'API',
      source_b_config: list('members?role=all&'),
      key_field_b: 'login',
      settings: { show: ['type', 'html_url'] },
    }),
    approvedAnd('github-owners.csv', 'login', {
      name: 'GitHub: owners',
      description: 'Owners that are not approved.',
      source_b_type: 'API',
      source_b_config: list('members?role=admin&'),
      key_field_b: 'login',
      settings: { show: ['type', 'html_url'] },
    }),
    approvedAnd('github-outside.csv', 'login', {
      name: 'GitHub: outside collaborators',
      description: 'Outside collaborators that are not approved.',
      source_b_type: 'API',
      source_b_config: list('outside_collaborators?'),
      key_field_b: 'login',
      settings: { show: ['type', 'html_url'] },
    }),
  ],
};
