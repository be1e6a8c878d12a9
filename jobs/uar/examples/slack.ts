import type { Example } from './example.ts';
import { peopleAnd, peopleFile, secretStep } from './parts.ts';

export const slack: Example = {
  title: 'Slack: members, guests and bots of a workspace',
  steps: [
    'In Slack, create an app with the bot token scopes users:read and users:read.email, and install it into the workspace.',
    secretStep('SLACK', 'the bot token, which begins with xoxb-', ['slack.com']),
    peopleFile('email'),
    'Bots have no mail address: each is a finding without a key until it is accepted (`uar exception add`).',
  ],
  comparisons: [
    peopleAnd('email', {
      name: 'Slack: members',
      description: 'Accounts that are not deactivated, and whom HR does not know as active; and all bots.',
      source_b_type: 'API',
      source_b_config: {
        url: 'https://slack.com/api/users.list?limit=200',
        items: 'members',
        secret: 'SLACK',
        pagination: { type: 'cursor', path: 'response_metadata.next_cursor', param: 'cursor' },
      },
      key_field_b: 'profile.email',
      settings: {
        label: 'name',
        show: ['name', 'is_bot', 'is_admin', 'is_owner', 'is_restricted'],
        where: {
          b: [
            { column: 'deleted', '!=': 'true' },
            { column: 'id', '!=': 'USLACKBOT' },
          ],
        },
      },
    }),
  ],
};
