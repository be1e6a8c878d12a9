/**
 * A secret as Standard Webhooks writes it, `whsec_` and base64 of 24 to 64 bytes (the prefix may be absent); undefined: it
 * is not one.
 */
export function readSigningKey(secret: string): Uint8Array | undefined {
  const encoded = secret.trim().replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const key = Buffer.from(encoded, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}
