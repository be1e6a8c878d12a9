const zip = Buffer.from('PK\u0003\u0004', 'latin1');
const oldOffice = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** So many bytes tell what a file is. */
export const tellingBytes = 128;

/** The names with which the archive of an Office document begins. */
const officeEntry = /^(\[Content_Types\]\.xml|_rels\/|docProps\/|xl\/)/;

/** What a file is, by its first bytes, that people take for CSV because a spreadsheet opens it; undefined: none of that. */
function kindOf(start: Buffer): string | undefined {
  if (start.subarray(0, oldOffice.length).equals(oldOffice)) return 'an Excel workbook (.xls)';
  if (!start.subarray(0, zip.length).equals(zip)) return undefined;
  const entry = start.toString('latin1', 30);
  if (entry.startsWith('mimetypeapplication/vnd.oasis.opendocument'))
    return 'an OpenDocument spreadsheet (.ods)';
  return officeEntry.test(entry) ? 'an Excel workbook (.xlsx)' : 'a ZIP archive';
}

/** Why it is not read, and how it becomes CSV; undefined: it is neither a workbook nor an archive. */
export function workbookProblem(start: Buffer): string | undefined {
  const kind = kindOf(start);
  if (kind === undefined) return undefined;
  return kind === 'a ZIP archive'
    ? `it is ${kind}, not CSV: unpack it`
    : `it is ${kind}, not CSV: open it and save the sheet by File > Save As as “CSV UTF-8”`;
}
