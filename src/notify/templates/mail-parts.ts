import type { Tone } from '../../job/report.ts';
import { type Severity, severities, severityTone } from '../../job/severity.ts';

/*
 * The mails of the program, in the Jinja that OpsDeck's sandbox and minijinja both render: no filters, no < or > with a
 * variable that may be missing, no key that is also a method of a Python dictionary.
 *
 * Layout: one column of at most 600 px (Outlook gets a table of that width), every style inline, no style block: the channels that
 * send text strip the tags and would keep its content. Words break anywhere, so that no name or command is wider than a phone of
 * 320 px. No dark style is declared: every block names its text and background colour together, so that a client in dark mode
 * changes both or neither.
 *
 * The text part is made of the same HTML: what is of class `status` stands on the line of what follows it.
 */

const font = 'font-family:-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
const ink = 'color:#1f2937';
export const faint = 'color:#5b6472';
/** What is said beside the point. */
export const small = `${faint};font-size:13px;line-height:19px`;

const stripes = { bad: '#b91c1c', warning: '#b45309', good: '#15803d' } as const;

/** Only Outlook reads these. */
const outlook = {
  begin:
    '<!--[if mso]><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->',
  end: '<!--[if mso]></td></tr></table><![endif]-->',
} as const;

/**
 * The frame of every mail: grey page, white card, a stripe on top in the colour of the occasion.
 *
 * @param preheader what lists of mails show behind the subject.
 */
export function page(occasion: keyof typeof stripes, title: string, preheader: string, card: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body style="margin:0;padding:0;background-color:#eef0f3;${ink}">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;background-color:#eef0f3;color:#eef0f3">${preheader}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#eef0f3">
<tr><td align="center" style="padding:24px 10px">
${outlook.begin}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed;max-width:600px;word-break:break-word;overflow-wrap:anywhere;background-color:#ffffff;border:1px solid #d8dce2;border-top:4px solid ${stripes[occasion]};border-radius:6px;text-align:left;${font};${ink};font-size:15px;line-height:22px">
${card}
</table>
${outlook.end}
</td></tr>
</table>
</body>
</html>
`;
}

/** The first block: what it is about, a line below, and more under that. `space`: pixels before the next block. */
export function opening(title: string, line: string, more: readonly string[] = [], space = 0): string {
  const bottom = space === 0 ? '0' : `${space}px`;
  return `<tr><td style="padding:22px 20px ${bottom} 20px">
<h1 style="margin:0 0 6px 0;font-size:21px;line-height:28px;${ink}">${title}</h1>
<span style="${faint}">${line}</span>
${more.map((html) => `${html}\n`).join('')}</td></tr>`;
}

/** A paragraph of the first block. */
export function paragraph(html: string, style = ''): string {
  return `<p style="margin:12px 0 0 0${style}">${html}</p>`;
}

/** One of the things that the mail is about; `status`: a badge above it. */
export function item(html: string, status = ''): string {
  return `<tr><td style="padding:0 20px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed;border-top:1px solid #e3e6ea"><tr>
<td valign="top" style="padding:10px 0">
${status === '' ? '' : `<div class="status" style="padding-bottom:3px">${status}</div>\n`}${html}
</td>
</tr></table>
</td></tr>`;
}

/** Text and background of badges and counts. */
const grounds: Readonly<Record<Tone, string>> = {
  bad: 'background-color:#fde3e3;color:#991b1b',
  warning: 'background-color:#ffe8d1;color:#8a3a08',
  notice: 'background-color:#fdf3c4;color:#6b4a06',
  good: 'background-color:#dcf5e3;color:#14532d',
  plain: 'background-color:#eef0f3;color:#1f2937',
};

function badge(ground: string): string {
  return `display:inline-block;padding:0 7px;${ground};border-radius:9px;font-size:12px;line-height:18px;font-weight:600`;
}

/** The style of a badge for what is out of the ordinary, good or bad. */
export const darkBadge = badge('background-color:#1f2937;color:#ffffff');

/** A badge in the tone of the first condition that is so, else a notice. */
export function badgeBy(bad: string, warning: string, html: string): string {
  return badgeFor(
    [
      [bad, 'bad'],
      [warning, 'warning'],
    ],
    'notice',
    html,
  );
}

function badgeFor(cases: ReadonlyArray<readonly [string, Tone]>, otherwise: Tone, html: string): string {
  const styles = cases.map(
    ([condition, tone], index) => `{% ${index === 0 ? 'if' : 'elif'} ${condition} %}${badge(grounds[tone])}`,
  );
  return `<span style="${styles.join('')}{% else %}${badge(grounds[otherwise])}{% endif %}">${html}</span>`;
}

/** The severity of a row; another word, as an older row may have one, is plain. */
export const severityBadge = badgeFor(
  severities
    .filter((one) => severityTone(one) !== 'plain')
    .map((one) => [`row.severity == '${one}'`, severityTone(one)]),
  'plain',
  '{{ row.severity }}',
);

/** A block of one line, such as how many more there are. */
export function line(html: string, style = ''): string {
  return `<tr><td style="padding:12px 20px 0 20px${style}">${html}</td></tr>`;
}

/** How many are not in the mail; the variable `more`. `where`: what to type for them. */
export function andMore(where = ''): string {
  return `{% if more %}
${line(`and {{ more }} more${where}`, ';font-weight:600')}
{% endif %}`;
}

/** A link inside a text. */
export function link(url: string, text: string): string {
  return `<a href="${url}" style="background-color:#ffffff;color:#1d4ed8;text-decoration:none">${text}</a>`;
}

/**
 * The block with the one thing to do, if the variable is set that its address needs. Its borders are its size: Outlook knows no padding
 * of links.
 */
export function button(variable: string, url: string, text: string): string {
  return `{% if ${variable} %}
<tr><td style="padding:20px 20px 0 20px">
<a href="${url}" style="display:inline-block;background-color:#1d4ed8;color:#ffffff;border-style:solid;border-color:#1d4ed8;border-width:10px 18px;border-radius:4px;font-weight:600;text-decoration:none">${text}</a>
</td></tr>
{% endif %}`;
}

/** The last block: why this mail was sent. */
export function footer(text: string): string {
  return `<tr><td style="padding:20px;background-color:#ffffff;${small}">${text}</td></tr>`;
}

/** A command or a name in typewriter letters. */
export function code(text: string): string {
  return `<code style="padding:1px 4px;background-color:#eef0f3;${ink};border-radius:3px;font-size:12px">${text}</code>`;
}

/** Counts in one line, each with its tone: `2 critical · 1 high · 0 medium`. */
export function counts(words: readonly (readonly [severity: Severity, html: string])[]): string {
  return words
    .map(([severity, html]) => `<span style="${badge(grounds[severityTone(severity)])}">${html}</span>`)
    .join(' · ');
}
