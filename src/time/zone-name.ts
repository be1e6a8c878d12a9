/** Is it an IANA name that this Node knows (`Europe/Madrid`, `UTC`)? Bare offsets are not: they have no daylight saving. */
export function isZoneName(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
