import type { Logger } from 'pino';
import { count } from '../../src/text/count.ts';
import type { ReviewOutcome } from './result.ts';

/** One line for each comparison; after its commit, so that what is logged as found is stored. */
export function logReview(logger: Logger, review: ReviewOutcome, error?: unknown): void {
  const labels = { 'labels.comparison': review.comparison_id };
  switch (review.outcome) {
    case 'completed': {
      const {
        name,
        execution_id: execution,
        rows,
        new: found,
        resolved,
        notes,
        accepted_changes: accepted,
      } = review;
      const news = Object.values(found).reduce((sum, count) => sum + count, 0);
      logger.info(
        {
          'event.action': 'uar.completed',
          'event.outcome': 'success',
          ...labels,
          'labels.execution': execution,
          'labels.rows_a': rows.a,
          'labels.rows_b': rows.b,
          'labels.new': news,
          'labels.resolved': resolved,
        },
        `${name}: ${rows.a} and ${rows.b} rows, ${count(news, 'new finding')} (${found.critical} critical, ${found.high} high), ${resolved} resolved`,
      );
      for (const change of accepted) {
        logger.warn({ 'event.action': 'uar.change_accepted', ...labels }, `${name}: accepted: ${change}`);
      }
      for (const note of notes) logger.info({ 'event.action': 'uar.note', ...labels }, `${name}: ${note}`);
      return;
    }
    case 'inconclusive':
      logger.error(
        { 'event.action': 'uar.inconclusive', 'event.outcome': 'failure', ...labels },
        `${review.name}: inconclusive: ${review.reason}`,
      );
      return;
    case 'failed':
      logger.error(
        { 'event.action': 'uar.failed', 'event.outcome': 'failure', ...labels, err: error },
        `${review.name}: failed: ${review.reason}`,
      );
      return;
    case 'skipped':
      logger.info({ 'event.action': 'uar.skipped', 'event.reason': review.reason, ...labels }, review.reason);
      return;
    default:
      review satisfies never;
  }
}
