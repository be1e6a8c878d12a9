/** C1 controls, separators of lines and characters that turn the direction of writing: JSON lets them stand, a terminal obeys them. */
const terminalControls = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A JSON object on one line, or indented; its meaning is that of JSON.stringify, and a terminal shows it as it is. */
export function safeJson(document: Readonly<Record<string, unknown>>, indent?: number): string {
  return JSON.stringify(document, null, indent).replace(terminalControls, escaped);
}
