/** Width of `scheduled_communication.recipient_email`. A longer address cannot be stored, and cut it would be another one. */
const longestAddress = 120;

/** One person per address: no spaces or control characters, no list, no display name; the host may be a bare intranet name. */
const plausible = /^[^\s\p{Cc}@<>()[\],;:\\"]{1,64}@[^\s\p{Cc}@<>()[\],;:\\"']+$/u;

/** The address as it is stored and compared; null: nothing a mail could be sent to. */
export function plausibleAddress(text: string): string | null {
  const address = text.trim().toLowerCase();
  return address.length <= longestAddress && plausible.test(address) ? address : null;
}
