import type { AlertTables } from './tables/alerts.ts';
import type { DriftTables } from './tables/drift.ts';
import type { MessageTables } from './tables/messages.ts';
import type { OpsdeckTables } from './tables/opsdeck.ts';
import type { RateTables } from './tables/rates.ts';
import type { RecordTables } from './tables/record.ts';
import type { ReviewTables } from './tables/reviews.ts';
import type { RunTables } from './tables/runs.ts';

/** Every table the program knows: OpsDeck's by their plain names, ours with the schema `opsdeck_jobs.` in front. */
export interface Database
  extends OpsdeckTables,
    RunTables,
    MessageTables,
    DriftTables,
    AlertTables,
    RateTables,
    RecordTables,
    ReviewTables {}
