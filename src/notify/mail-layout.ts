/*
 * The mails of the program, in the Jinja that OpsDeck's sandbox and minijinja both render: no filters, no < or > with a
 * variable that may be missing, no key that is also a method of a Python dictionary.
 *
 * Layout: tables, at most 600 px, every style inline, no style block: the channels that send text strip the tags and
 * would keep its content. Every block names its text and background colour together, so that a client in dark mode changes
 * both or neither.
 */

const font = 'font-family:-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
export const ink = 'color:#1f2937';
export const faint = 'color:#5b6472';

/** The frame of every mail: grey page, white card, `stripe` on top in the colour of the occasion. */
export function page(stripe: string, card: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
</head>
<body style="margin:0;padding:0;background-color:#eef0f3;${ink}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#eef0f3">
<tr><td align="center" style="padding:24px 10px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;background-color:#ffffff;border:1px solid #d8dce2;border-top:4px solid ${stripe};border-radius:6px;text-align:left;${font};${ink};font-size:15px;line-height:22px">
${card}
</table>
</td></tr>
</table>
</body>
</html>
`;
}

/** The last block: why this mail was sent. */
export function footer(text: string): string {
  return `<tr><td style="padding:20px;background-color:#ffffff;${faint};font-size:13px;line-height:19px">${text}</td></tr>`;
}

/** A command or a name in typewriter letters. */
export function code(text: string): string {
  return `<code style="padding:1px 4px;background-color:#eef0f3;${ink};border-radius:3px;font-size:12px;white-space:nowrap">${text}</code>`;
}
