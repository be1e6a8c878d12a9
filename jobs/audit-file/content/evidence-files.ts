import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import type { StreamedTable } from '../../../src/job/report.ts';
import {
  type AuditFile,
  type AuditFormat,
  type AuditPart,
  type NotIncluded,
  tableFile,
} from './audit-list.ts';
import type { NumberedControl } from './numbered-control.ts';

const folder = '13-evidence-files';

/** A larger file is listed, not copied. */
const mostBytes = 256 * 1024 * 1024;
const pieceBytes = 256 * 1024;

interface Reference {
  readonly text: string;
  readonly number: number;
  readonly control: string;
  readonly model: string;
  readonly evidenceId: number;
}

interface Copied {
  readonly path: string;
  readonly bytes: number;
}

/** Where a reference leads, or why not. */
type Found = { readonly real: string } | { readonly why: string };

/**
 * Files that evidence refers to, below `evidence_dir`: copied as they are. Whatever cannot be copied is listed, and fails nothing. A link that
 * leads out of the folder is not followed, and no path is.
 *
 * @param dir null: none is set.
 */
export async function evidenceFilesPart(
  controls: readonly NumberedControl[],
  dir: string | null,
  format: AuditFormat,
): Promise<AuditPart> {
  const references = referencesOf(controls);
  const root = dir === null ? null : await realpath(dir).catch(() => null);
  const byText = new Map<string, Copied | NotIncluded>();
  const files: AuditFile[] = [];
  const states: string[][] = [];
  for (const reference of references) {
    let found = byText.get(reference.text);
    if (found === undefined) {
      found = await findCopy(reference.text, { dir, root, format, place: files.length + 1 }, files);
      byText.set(reference.text, found);
    }
    states.push([
      ...[String(reference.number), reference.control, reference.model, String(reference.evidenceId)],
      reference.text,
      ...('path' in found
        ? ['included', found.path, String(found.bytes), '']
        : ['not included', '', '', found.why]),
    ]);
  }
  const table: StreamedTable = {
    kind: 'rows',
    columns: [...['number', 'control', 'model', 'evidence_id', 'reference', 'state', 'file', 'bytes', 'why']],
    rows: () => states,
  };
  return {
    missing: [...byText.values()].filter((one) => 'why' in one),
    lists: [
      {
        place: folder,
        title: 'Files that evidence refers to',
        source:
          dir === null
            ? 'references of the evidence; evidence_dir is not set'
            : `references of the evidence; files below ${dir}`,
        filter: 'every reference of the evidence in 02-controls',
        count: states.length,
        files: [...files, tableFile(`${folder}/files.csv`, table, format)],
      },
    ],
  };
}

function referencesOf(controls: readonly NumberedControl[]): readonly Reference[] {
  return controls.flatMap(({ number, tested }) =>
    tested.rules.flatMap(({ rule, occurrences, notCounted }) =>
      [...occurrences.flatMap(({ evidence }) => evidence ?? []), ...notCounted].flatMap(({ id, detail }) =>
        detail?.link == null
          ? []
          : [
              {
                text: detail.link,
                number,
                control: tested.control.control_id,
                model: rule.model,
                evidenceId: id,
              },
            ],
      ),
    ),
  );
}

async function findCopy(
  text: string,
  {
    dir,
    root,
    format,
    place,
  }: {
    readonly dir: string | null;
    readonly root: string | null;
    readonly format: AuditFormat;
    readonly place: number;
  },
  files: AuditFile[],
): Promise<Copied | NotIncluded> {
  const missing = (why: string): NotIncluded => ({ what: `file ${text}`, why });
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return missing('It is an address, not a file.');
  if (dir === null) return missing('`evidence_dir` is not set.');
  if (format.mask !== null) return missing('The content of a file has no pseudonyms.');
  if (root === null) return missing('`evidence_dir` cannot be read.');
  const found = await inside(root, text);
  if ('why' in found) return missing(found.why);
  const bytes = await sizeOf(found.real);
  if (typeof bytes === 'string') return missing(bytes);
  const name = (text.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(-80);
  const path = `${folder}/${String(place).padStart(5, '0')}-${name}`;
  files.push({ path, pieces: () => contentOf(found.real, bytes) });
  return { path, bytes };
}

/** Resolved with all its links, it must still be below the folder. */
async function inside(root: string, text: string): Promise<Found> {
  const below = (path: string) => path.startsWith(root === sep ? sep : root + sep);
  if (text.split(/[\\/]/).includes('..')) return { why: 'Its path has `..`.' };
  if (text.includes('\0')) return { why: 'Its path is none.' };
  const named = isAbsolute(text) ? text : resolve(root, text);
  if (!below(named)) return { why: 'It is not below `evidence_dir`.' };
  try {
    const real = await realpath(named);
    return below(real) ? { real } : { why: 'A link leads out of `evidence_dir`.' };
  } catch {
    return { why: 'There is no such file, or it cannot be read.' };
  }
}

/** In bytes, or why it is not copied. */
async function sizeOf(real: string): Promise<number | string> {
  try {
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return 'It is not a file.';
      return stats.size > mostBytes ? `It is larger than ${mostBytes} bytes.` : stats.size;
    } finally {
      await handle.close();
    }
  } catch {
    return 'There is no such file, or it cannot be read.';
  }
}

/** As many bytes as it had when it was listed: what grows meanwhile is cut, and what shrinks ends the making. */
async function* contentOf(real: string, bytes: number): AsyncGenerator<Buffer> {
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let at = 0; at < bytes; ) {
      const wanted = Math.min(pieceBytes, bytes - at);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, at);
      if (bytesRead === 0) throw new Error(`${real} became shorter while it was copied.`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
