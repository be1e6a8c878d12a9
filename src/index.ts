/*
 * What `import … from 'opsdeck-jobs'` gives to the files of a user's own jobs. zod and Kysely are the program's own copies,
 * so that a job's schemas and SQL are what the program takes them for.
 */
export { type RawBuilder, sql, type Transaction } from 'kysely';
export { z } from 'zod';
export type { Database } from './db/tables.ts';
export type { JobContext, TransactionOptions } from './job/context.ts';
export { defineJob, type JobDefinition, type Judgement } from './job/define-job.ts';
export type { FailOnLevel } from './job/fail-on-levels.ts';
export type { Cell, Report, ReportBlock, Tone } from './job/report.ts';
export type { Notifier } from './notify/notifier.ts';
export type { MisfirePolicy } from './schedule/misfire.ts';
export type { JsonObject } from './text/json.ts';
