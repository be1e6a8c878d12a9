import type { RetentionList } from './present.ts';
import { keepWords } from './words.ts';

/** For programs. */
export function listDocument(list: RetentionList, database: string) {
  return {
    database,
    next_run: list.next?.toISOString() ?? null,
    job_state: list.state,
    rights_of: !list.attached ? null : list.role === 'own' ? list.variable : 'DATABASE_URL',
    role_problem: list.problem,
    archive_dir_problem: list.folder,
    policies: list.standings.map((one) => ({
      policy: one.policy,
      table: one.table,
      action: one.action,
      keep_for: keepWords(one.keep),
      rows: one.figures?.rows ?? null,
      complete: one.figures?.complete ?? null,
      due: one.figures?.due ?? null,
      legal_hold: one.figures?.held ?? null,
      referenced: (one.figures?.referenced ?? []).map((reference) => ({ ...reference })),
      oldest: one.figures?.oldest ?? null,
      waits_for: one.waitsFor,
      blocked_by:
        one.blocked === null
          ? null
          : { code: one.blocked.code, message: one.blocked.message, next: one.blocked.next },
    })),
    switched_off: [...list.disabled],
  };
}
