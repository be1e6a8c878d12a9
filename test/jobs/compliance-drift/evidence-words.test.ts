import { describe, expect, it } from 'vitest';
import {
  type EvidenceKind,
  evidenceKinds,
  evidenceWords,
  isDone,
  withWords,
  wordOnBothLists,
} from '../../../jobs/compliance-drift/rules/evidence-words.ts';
import { driftSettings } from '../../../jobs/compliance-drift/settings.ts';

describe('the words of evidence', () => {
  it('has no word on both lists of a kind', () => {
    expect(wordOnBothLists(evidenceWords)).toBeNull();
  });

  it.each<[EvidenceKind, string, boolean | null]>([
    ['ActivityExecution', 'success', true],
    ['ActivityExecution', 'issue_detected', true],
    ['ActivityExecution', 'DURCHGEFÜHRT', true],
    ['ActivityExecution', 'durchgefuehrt', true],
    ['ActivityExecution', 'Réalisée', true],
    ['ActivityExecution', 'completado', true],
    ['ActivityExecution', 'planned', false],
    ['ActivityExecution', 'not done', false],
    ['ActivityExecution', 'Not-Done', false],
    ['ActivityExecution', 'fehlgeschlagen', false],
    ['ActivityExecution', 'no realizado', false],
    ['ActivityExecution', 'échoué', false],
    ['ActivityExecution', 'in_progress', false],
    ['ActivityExecution', 'somehow', null],
    ['ActivityExecution', '', null],
    ['Campaign', 'ongoing', true],
    ['Campaign', 'archived', false],
    ['MaintenanceLog', 'In Progress', false],
    ['BCDRTestLog', 'Passed', true],
    ['BCDRTestLog', 'bestanden', true],
    ['OnboardingProcess', 'Provisioning', true],
    ['OffboardingProcess', 'In Progress', true],
    ['OffboardingProcess', 'Cancelled', false],
    ['SecurityAssessment', 'Pending Review', false],
    ['RiskAssessment', 'Locked', true],
    ['UARExecution', 'completed', true],
    ['UARExecution', 'inconclusive', false],
  ])('%s "%s": %s', (kind, word, expected) => {
    expect(isDone(evidenceWords[kind], word)).toBe(expected);
  });

  it('has what configuration adds, and refuses a word that would be on both lists', () => {
    const added = { ActivityExecution: { done: ['Geprüft und gut'], not_done: [] } };
    expect(isDone(withWords(added).ActivityExecution, 'gepruft-und-gut')).toBe(true);
    expect(driftSettings.safeParse({ evidence_words: added }).success).toBe(true);
    for (const kind of evidenceKinds) {
      const refused = driftSettings.safeParse({ evidence_words: { [kind]: { done: ['Failed'] } } });
      expect(refused.error?.issues[0]?.message).toBe('has "failed" as done and as not done');
    }
  });
});
