/*
 * The status words of evidence: two lists for each kind. A word that is done counts; one that is known not to be done is ignored; one
 * on neither list never counts and is named. Words are compared without case, accents, spaces, dashes and underscores, so a
 * list has each word once. A German umlaut may also be written with an e.
 */

import { foldWord, spellings } from './fold-word.ts';

/** Kinds of evidence that have a status in words. */
export const evidenceKinds = [
  'ActivityExecution',
  'Campaign',
  'MaintenanceLog',
  'BCDRTestLog',
  'OnboardingProcess',
  'OffboardingProcess',
  'SecurityAssessment',
  'RiskAssessment',
  'UARExecution',
] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** As they are written; every spelling of {@link foldWord} is the same word. */
export interface WordLists {
  readonly done: readonly string[];
  readonly notDone: readonly string[];
}
export type EvidenceWords = Readonly<Record<EvidenceKind, WordLists>>;

const words = (text: string) => text.trim().split(/\s*,\s*|\s*\n\s*/);

const done = words(`
  completed, complete, done, finished, closed, success, successful, succeeded, passed, pass, ok, performed, executed,
  implemented, resolved
  erledigt, abgeschlossen, fertig, beendet, durchgeführt, ausgeführt, umgesetzt, erfolgreich, erfolg, bestanden, geschlossen
  completado, completada, completo, completa, hecho, hecha, terminado, terminada, finalizado, finalizada, realizado, realizada,
  ejecutado, ejecutada, cerrado, cerrada, superado, superada, exitoso, exitosa, éxito
  terminé, terminée, fait, faite, effectué, effectuée, réalisé, réalisée, achevé, achevée, exécuté, exécutée, complété, complétée,
  fini, finie, clos, close, clôturé, clôturée, réussi, réussie, succès`);

const notDone = words(`
  failed, fail, failure, unsuccessful, not successful, not passed, error, aborted, cancelled, canceled, rejected, declined, skipped, missed,
  not done, not completed, not performed, incomplete, planned, scheduled, not started, to do, open, new, pending, waiting, on hold,
  blocked, postponed, deferred, overdue, draft, in progress, in review, running, started, partial, partially completed
  fehlgeschlagen, gescheitert, nicht bestanden, nicht erfolgreich, fehler, abgebrochen, storniert, abgelehnt, übersprungen, versäumt,
  ausgefallen, nicht erledigt, nicht durchgeführt, nicht abgeschlossen, unvollständig, teilweise, geplant, nicht begonnen,
  nicht gestartet, offen, neu, ausstehend, wartend, angehalten, blockiert, verschoben, zurückgestellt, überfällig, entwurf,
  in arbeit, in bearbeitung, in durchführung, laufend, läuft, begonnen, gestartet
  fallido, fallida, fallado, fallada, fracasado, no superado, no superada, error, abortado, abortada, cancelado, cancelada, anulado, anulada,
  rechazado, rechazada, omitido, omitida, no hecho, no hecha, no realizado, no realizada, no completado, no completada, incompleto, incompleta,
  parcial, planificado, planificada, planeado, planeada, programado, programada, no iniciado, no iniciada, por hacer, abierto, abierta,
  nuevo, nueva, pendiente, en espera, bloqueado, bloqueada, aplazado, aplazada, pospuesto, pospuesta, vencido, vencida, atrasado, atrasada,
  borrador, en curso, en progreso, en proceso, iniciado, iniciada
  échoué, échouée, échec, non réussi, non réussie, erreur, interrompu, interrompue, annulé, annulée, rejeté, rejetée, refusé, refusée,
  ignoré, ignorée, manqué, manquée, non fait, non faite, non effectué, non effectuée, non réalisé, non réalisée, non terminé, non terminée,
  incomplet, incomplète, partiel, partielle, planifié, planifiée, prévu, prévue, programmé, programmée, non commencé, non commencée, à faire,
  ouvert, ouverte, nouveau, nouvelle, en attente, bloqué, bloquée, reporté, reportée, en retard, brouillon, en cours, commencé, commencée`);

const approved = words(`
  approved, accepted, valid, compliant, genehmigt, freigegeben, akzeptiert, angenommen, konform, aprobado, aprobada, aceptado, aceptada, conforme,
  approuvé, approuvée, accepté, acceptée, validé, validée`);

/** What is evidence although the general list has it as not done is taken out of that list. */
function lists(also: readonly string[], never: readonly string[] = []): WordLists {
  const counts = new Set(also.map(foldWord));
  return {
    done: [...done, ...also],
    notDone: [...notDone.filter((word) => !counts.has(foldWord(word))), ...never],
  };
}

/** People join and leave by a process that counts from its beginning, as OpsDeck has it. */
const begun = words(`
  provisioning, pending, in progress, running, started, new, open, active
  in arbeit, in bearbeitung, laufend, läuft, begonnen, gestartet, offen, neu, ausstehend, aktiv
  en curso, en progreso, en proceso, iniciado, iniciada, abierto, abierta, nuevo, nueva, pendiente, activo, activa
  en cours, commencé, commencée, ouvert, ouverte, nouveau, nouvelle, en attente, actif, active`);

/** The lists of the program; configuration adds to them. */
export const evidenceWords: EvidenceWords = {
  // A check that found something was done.
  ActivityExecution: lists(
    words('issue detected, problem festgestellt, problema detectado, problème détecté, verified, geprüft'),
    words('ongoing'),
  ),
  Campaign: lists(
    words('ongoing, sent, laufend, läuft, versendet, en curso, enviado, enviada, en cours, envoyé, envoyée'),
    [...words('archived, archiviert, archivado, archivada, archivé, archivée')],
  ),
  MaintenanceLog: lists([], words('ongoing')),
  BCDRTestLog: lists([...approved], words('ongoing')),
  OnboardingProcess: lists(begun),
  OffboardingProcess: lists(begun),
  SecurityAssessment: lists([...approved], words('pending review')),
  RiskAssessment: lists(
    [
      ...approved,
      ...words(
        'locked, final, gesperrt, endgültig, bloqueado, bloqueada, definitivo, definitiva, verrouillé, verrouillée, définitif, définitive',
      ),
    ],
    words('ongoing'),
  ),
  UARExecution: lists([], words('inconclusive, ongoing')),
};

/** The program's lists with the words that the configuration adds. */
export function withWords(
  added: Readonly<
    Partial<
      Record<EvidenceKind, { readonly done?: readonly string[]; readonly not_done?: readonly string[] }>
    >
  >,
): EvidenceWords {
  const of = (kind: EvidenceKind): WordLists => ({
    done: [...evidenceWords[kind].done, ...(added[kind]?.done ?? [])],
    notDone: [...evidenceWords[kind].notDone, ...(added[kind]?.not_done ?? [])],
  });
  return {
    ActivityExecution: of('ActivityExecution'),
    Campaign: of('Campaign'),
    MaintenanceLog: of('MaintenanceLog'),
    BCDRTestLog: of('BCDRTestLog'),
    OnboardingProcess: of('OnboardingProcess'),
    OffboardingProcess: of('OffboardingProcess'),
    SecurityAssessment: of('SecurityAssessment'),
    RiskAssessment: of('RiskAssessment'),
    UARExecution: of('UARExecution'),
  };
}

/** A word of {@link withWords} that would be on both lists of its kind; null: none. */
export function wordOnBothLists(
  lists: EvidenceWords,
): { readonly kind: EvidenceKind; readonly word: string } | null {
  for (const kind of evidenceKinds) {
    const counts = new Set(lists[kind].done.flatMap(spellings));
    const word = lists[kind].notDone.find((one) => spellings(one).some((spelling) => counts.has(spelling)));
    if (word !== undefined) return { kind, word };
  }
  return null;
}

/** Whether rows with this status are evidence: `null` for a word on neither list. */
export function isDone(lists: WordLists, word: string): boolean | null {
  const folded = foldWord(word);
  if (lists.done.some((one) => spellings(one).includes(folded))) return true;
  return lists.notDone.some((one) => spellings(one).includes(folded)) ? false : null;
}
