import { expect, it } from 'vitest';
import { comparisonRow } from '../../../../jobs/uar/comparison.ts';
import { recordedConfig } from '../../../../jobs/uar/execution/recorded-config.ts';

const row = comparisonRow.parse({
  id: 1,
  name: 'hr',
  source_a_type: 'API',
  source_a_config: {
    url: 'https://ana:hunter2@hr.example/people?access_token=s3cret&page=1',
    headers: { Authorization: 'Bearer s3cret', 'X-Api-Key': 's3cret', Accept: 'application/json' },
    secret: 'HR_API',
  },
  source_b_type: 'CSV',
  source_b_config: { path: 'hr.csv' },
  key_field_a: 'email',
  key_field_b: 'email',
  field_mappings: null,
  schedule_type: null,
  schedule_config: null,
  alert_on_left_only: null,
  alert_on_right_only: null,
  alert_on_mismatches: null,
  min_findings_threshold: null,
  notification_channels: null,
  notification_recipients: null,
  auto_create_incidents: null,
  auto_incident_severity: null,
  settings: {},
  adopted_at: null,
});

it('what an auditor reads of a source names its secret and does not show it, wherever somebody has put it', () => {
  const recorded = recordedConfig(row, null);
  expect(JSON.stringify(recorded)).not.toMatch(/s3cret|hunter2/);
  expect(recorded).toMatchObject({
    source_a: {
      config: {
        url: 'https://hr.example/people?access_token=%5Bsecret%5D&page=1',
        headers: { Accept: 'application/json' },
        secret: 'HR_API',
      },
    },
    source_b: { config: { path: 'hr.csv' } },
  });
});
