/** Texts with a banned word that stay, because they are stored or can be typed. */
export const allowed: ReadonlySet<string> = new Set([
  // A state of messages and rates, as the database stores it; in the output "on hold" and "quarantined".
  'held',
  "('failed', 'cancelled', 'held')",
  'messages list --state held',
  'opsdeck-jobs messages list --state held',
]);
