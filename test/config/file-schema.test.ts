import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configFileJsonSchema } from '../../src/config/file-schema.ts';
import { defineJob } from '../../src/job/define-job.ts';

const job = defineJob({
  name: 'sample-job',
  description: 'A job of the tests',
  schedule: '0 9 * * 1',
  misfire: 'latest',
  timeout: '10m',
  requires: {},
  params: z.strictObject({ framework: z.coerce.number().int().optional() }),
  settings: z.strictObject({ limit: z.number().int().min(1).default(20) }),
  run: async () => ({}),
  present: () => [],
});

describe('the JSON Schema of the configuration file', () => {
  const schema = configFileJsonSchema([job]);

  it('is draft 2020-12, closed, and demands nothing', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
    });
    expect(schema.required).toBeUndefined();
  });

  it('holds what each job takes, with its defaults', () => {
    expect(schema.properties).toMatchObject({
      jobs: {
        additionalProperties: false,
        properties: {
          'sample-job': {
            description: 'A job of the tests',
            additionalProperties: false,
            properties: {
              timeout: { type: 'string', description: 'A run is aborted after this time. Default: 10m' },
              params: { properties: { framework: { type: 'integer' } }, additionalProperties: false },
              settings: { properties: { limit: { type: 'integer', minimum: 1, default: 20 } } },
            },
          },
        },
      },
    });
    expect(JSON.stringify(schema)).not.toContain('"required":["limit"]');
  });

  it('has no place for a secret but the addresses of jobs to ping, of destinations and of the proxy', () => {
    expect(Object.keys(schema.properties ?? {})).toEqual([
      '$schema',
      'data_dir',
      'timezone',
      'stored_timezone',
      'log_level',
      'app_base_url',
      'mail',
      'delivery',
      'channels',
      'destinations',
      'notifications',
      'allow_private_destinations',
      'http_proxy',
      'http_proxy_file',
      'schedules',
      'concurrency',
      'shutdown_grace',
      'start_patience',
      'keep_history',
      'head_to',
      'timestamp_url',
      'listen',
      'pages',
      'jobs_dirs',
      'jobs',
    ]);
    expect(JSON.stringify(schema.properties?.['mail'])).not.toMatch(/"\w*password|secret"/i);
  });
});
