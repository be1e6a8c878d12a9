/** The bytes that mean something in a CSV file or in COPY's text format. */
export const tab = 0x09;
export const lf = 0x0a;
export const cr = 0x0d;
export const quote = 0x22;
export const backslash = 0x5c;

/** Letters of COPY's escapes by byte; 0: the byte is written as it is. */
export const escapes = new Uint8Array(256);
escapes[tab] = 0x74;
escapes[lf] = 0x6e;
escapes[cr] = 0x72;
escapes[backslash] = backslash;
