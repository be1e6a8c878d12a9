/** Who is recorded, and which user of a machine entered it, where that is somebody else or was recorded at all. */
export function withEnteredBy(actor: string, enteredBy: string | null | undefined): string {
  return enteredBy == null || enteredBy === actor ? actor : `${actor} (entered by ${enteredBy})`;
}
