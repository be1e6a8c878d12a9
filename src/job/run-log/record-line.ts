import type { LogRecord } from '../../db/tables/runs.ts';
import { recordWords } from '../../log/record-words.ts';

/** For a person of whom no zone is known: `2026-11-24T09:00:01.123Z WARN message name=value`. */
export const recordLine = ({ at, level, message, fields }: LogRecord): string =>
  `${at} ${level.toUpperCase()} ${recordWords(message, fields)}`;
