import type { Example } from './example.ts';
import { peopleAnd, peopleFile } from './parts.ts';

export const aws: Example = {
  title: 'AWS: IAM users of an account, by the credential report',
  steps: [
    'In AWS, create a policy with iam:GenerateCredentialReport and iam:GetCredentialReport for the resource "*", and a role or user that has only this policy.',
    'Write aws-users.csv into the folder sources_dir each day before 07:00, from cron (the report is made first; AWS makes a new one every four hours):\n  aws iam generate-credential-report && sleep 60\n  aws iam get-credential-report --query Content --output text > aws-users.b64 &&\n  base64 -d aws-users.b64 > aws-users.new && mv aws-users.new aws-users.csv',
    peopleFile('aws_user'),
    'A file that is older than two days makes the comparison inconclusive.',
  ],
  comparisons: [
    peopleAnd('aws_user', {
      name: 'AWS: IAM users',
      description: 'IAM users whom HR does not know as active; the root user does not count.',
      source_b_type: 'CSV',
      source_b_config: { path: 'aws-users.csv' },
      key_field_b: 'user',
      settings: {
        show: ['arn', 'password_enabled', 'mfa_active', 'access_key_1_active', 'access_key_2_active'],
        where: { b: [{ column: 'user', '!=': '<root_account>' }] },
        max_age: { b: '2d' },
      },
    }),
  ],
};
