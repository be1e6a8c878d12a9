import { createHash } from 'node:crypto';

/* The one style sheet of every page: constants only, since the page's policy names its hash. */

const colours = `
:root{--paper:#fff;--ink:#1b1f24;--quiet:#57606a;--rule:#d0d7de;--box:#f6f8fa;--critical:#7a1115;--high:#c9313d;--medium:#e08a00;
--low:#d9b36a;--good:#1a7f4b;--neutral:#8c959f;--bad-ink:#a11a22;--warning-ink:#b02a35;--notice-ink:#7a4d00;--good-ink:#116329}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6edf3;--quiet:#a3adb8;--rule:#39424d;--box:#1c2229;
--critical:#ff8a8a;--high:#d9434e;--medium:#c98a1b;--low:#7d6a3f;--good:#3fb27a;--neutral:#77818c;--bad-ink:#ff9a98;
--warning-ink:#ff9a98;--notice-ink:#f0bd62;--good-ink:#6fd6a0}}`;

const text = `
*{box-sizing:border-box}
html{color-scheme:light dark;background:var(--paper)}
body{margin:0 auto;padding:1.5rem 2rem 3rem;max-width:75rem;font:1rem/1.5 system-ui,"DejaVu Sans",sans-serif;color:var(--ink);
background:var(--paper);print-color-adjust:exact;-webkit-print-color-adjust:exact}
h1{font-size:1.6rem;line-height:1.25;margin:.25rem 0 .5rem}
h2{font-size:1.2rem;margin:2.25rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
h3{font-size:1rem;margin:0 0 .25rem}
h1,h2,h3,p,li,dt,dd{overflow-wrap:anywhere}
p{margin:.35rem 0}
.quiet{color:var(--quiet);font-size:.9rem}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.35rem 1.5rem;margin:.75rem 0 1rem}
.facts dt,.words dt{color:var(--quiet);font-size:.8rem}
.facts dd{margin:0;font-size:.9rem}
.facts .wide{grid-column:1/-1}
.words dt{color:var(--ink);font-weight:600;font-size:.9rem}
.words dd{margin:0 0 .5rem;font-size:.9rem}
.answer{font-size:1.15rem;border-left:4px solid var(--neutral);padding:.2rem 0 .2rem .75rem;margin:1rem 0}
.answer.bad,.answer.warning{border-color:var(--high)}
.answer.notice{border-color:var(--medium)}
.answer.good{border-color:var(--good)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.5rem;margin:1rem 0;padding:0;list-style:none}
.figures li{background:var(--box);border:1px solid var(--rule);border-radius:6px;padding:.6rem .75rem;break-inside:avoid}
.figures strong{font-size:1.5rem;line-height:1.2}
.figures .of,.figures .change{color:var(--quiet);font-size:.85rem}
.figures div{font-size:.9rem}
.mark{font-size:.72em;font-weight:600;border:1px dashed var(--quiet);border-radius:3px;padding:0 .2em;margin:0 .1em;unicode-bidi:isolate;
color:var(--quiet);background:var(--paper)}
.badge{display:inline-block;border-radius:4px;padding:0 .4em;font-weight:600;font-size:.85em;white-space:nowrap;color:#fff;background:#57606a}
.badge.bad{background:#7a1115}.badge.warning{background:#bf2733}.badge.notice{background:#e08a00;color:#1b1f24}.badge.good{background:#1a7f4b}
.tone.bad{color:var(--bad-ink);font-weight:600}.tone.warning{color:var(--warning-ink)}.tone.notice{color:var(--notice-ink)}
.tone.good{color:var(--good-ink)}
pre,code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.85rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--box);border:1px solid var(--rule);border-radius:6px;padding:.6rem .75rem}
footer{margin-top:2.5rem;border-top:1px solid var(--rule);padding-top:.5rem}
.incomplete{display:none}
@supports selector(:has(a)){.incomplete{display:block;border:2px solid var(--high);padding:.5rem .75rem;font-weight:600}
body:has(#end) .incomplete{display:none}}`;

const tables = `
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .5rem;border-bottom:1px solid var(--rule);unicode-bidi:isolate}
th{color:var(--quiet);font-size:.8rem;vertical-align:bottom}
td.long,th.long{overflow-wrap:anywhere;min-width:9rem}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.date{white-space:nowrap;font-variant-numeric:tabular-nums}
@media screen and (max-width:44rem){
body{padding:1rem 1rem 2rem}
.facts{grid-template-columns:1fr 1fr;gap:.35rem 1rem}
.figures{grid-template-columns:1fr 1fr}
table,tbody,tr,td{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
tr{border-bottom:1px solid var(--rule);padding:.5rem 0}
td,td.n,td.date{border:0;padding:.05rem 0;text-align:left;white-space:normal;overflow-wrap:anywhere}
td:first-child{font-weight:600}
td:empty{display:none}
td::before{content:attr(data-label) ": ";color:var(--quiet);font-size:.85em;font-weight:400}
.compact td{display:inline-block;margin-right:.9rem}
.compact td:first-child{display:block}}`;

const pictures = `
figure{margin:1.25rem 0}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;margin:.4rem 0;padding:0;list-style:none;font-size:.85rem}
.legend svg,.bar svg{padding:0}
.legend svg{width:12px;margin-right:.35rem;vertical-align:-1px}
svg{display:block;width:100%;overflow:visible;padding:0 2.9rem 0 2.4rem;break-inside:avoid}
.legend svg{display:inline-block}
svg text{font-size:12px;fill:var(--quiet)}
svg .total{fill:var(--ink)}
.grid{stroke:var(--rule)}.zero{stroke:var(--quiet)}
.curve{stroke:var(--ink);stroke-width:2}.dot{fill:var(--ink)}
.bar{break-inside:avoid;margin:.5rem 0;font-size:.9rem;overflow-wrap:anywhere}
.edge{stroke:var(--paper)}
.critical{fill:var(--critical)}.high{fill:var(--high)}.medium{fill:var(--medium)}.low{fill:var(--low)}.good{fill:var(--good)}
.neutral{fill:var(--neutral)}.stripe{fill:var(--paper)}
@media (max-width:44rem){svg .seldom{display:none}}`;

const months = `
.month{table-layout:fixed}
.month caption{text-align:left;font-weight:600;padding:.25rem 0}
.month td,.month th{border:1px solid var(--rule);overflow-wrap:anywhere}
.month ul{margin:0;padding:0;list-style:none}
.month li{margin:.15rem 0;line-height:1.3}
.month .day{color:var(--quiet);font-size:.8rem}
.month .today{outline:2px solid var(--medium);outline-offset:-2px}
.month .narrow{display:none}
@media screen and (max-width:44rem){

.month tr{border:0;padding:0}
.month td{border:0;border-top:1px solid var(--rule);padding:.4rem;font-weight:400}
.month td::before{content:none}
.month.free,.month .free{display:none}
.month .wide{display:none}.month .narrow{display:inline;font-weight:600}}`;

const print = `
@page{size:A4;margin:16mm 14mm 18mm;@bottom-left{content:"opsdeck-jobs";font:8pt system-ui,"DejaVu Sans",sans-serif;color:#57606a}
@bottom-right{content:"Page " counter(page) " of " counter(pages);font:8pt system-ui,"DejaVu Sans",sans-serif;color:#57606a}}
@media print{
html{font-size:11.5px;color-scheme:light}
body{padding:0;max-width:none}
h1,h2,h3,.legend{break-after:avoid}
h2{margin-top:1.5rem}
thead{display:table-header-group}
tr,.words div{break-inside:avoid}
p{orphans:3;widows:3}
td.long,th.long{min-width:6rem}
.facts{grid-template-columns:repeat(3,1fr)}
.figures{grid-template-columns:repeat(5,1fr)}}`;

/** Tests look at it; a page has it in its head. */
export const css = [colours, text, tables, months, pictures, print].join('').replaceAll(/\n+/g, '');

/** Without it in the page's policy the page has no style, and nothing tells it. */
export const cssHash = `'sha256-${createHash('sha256').update(css).digest('base64')}'`;
