import type { CsvKindOptions } from '../../../src/import/csv-kind.ts';
import { driftSettings } from '../settings.ts';

/** The status words that are configured; the settings were checked when the configuration was read. */
export function configuredWords(settings: CsvKindOptions['settings']) {
  const of = settings?.('compliance-drift');
  return of === undefined ? {} : driftSettings.parse(of).evidence_words;
}
