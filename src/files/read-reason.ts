const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENXIO: 'it is not a file',
  EAGAIN: 'it is not a file',
};

/** Why a file cannot be read, as a clause after its name; undefined: it is no error of the file system. */
export function readReason(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? (reasons[code] ?? code) : undefined;
}
