/** Connections to the mail server at once. */
export const mailConnections = 5;
