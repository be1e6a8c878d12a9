import type { DatabaseMode } from '../../src/db/database.ts';
import { byWords, type EvidencePolicy } from './rules/evidence-words.sql.ts';
import { withWords } from './rules/evidence-words.ts';
import type { DriftSettings } from './settings.ts';

/**
 * What counts as evidence with these settings. That a comparison was executed is no review: on an own database somebody must have
 * signed it off, unless configured otherwise; OpsDeck counts every completed execution.
 */
export function evidencePolicy(
  settings: Pick<DriftSettings, 'signed_off_evidence_only' | 'evidence_words'>,
  mode: DatabaseMode,
): EvidencePolicy {
  return byWords(
    withWords(settings.evidence_words),
    settings.signed_off_evidence_only ?? mode === 'standalone',
  );
}
