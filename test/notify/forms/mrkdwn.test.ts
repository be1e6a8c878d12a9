import { describe, expect, it } from 'vitest';
import { cutMrkdwn, cutText } from '../../../src/notify/forms/cut-text.ts';
import { htmlToChatText } from '../../../src/notify/forms/html-to-plain.ts';
import { htmlToMrkdwn } from '../../../src/notify/forms/mrkdwn.ts';

describe('HTML becomes mrkdwn', () => {
  it.each([
    ['<p>One <b>two</b> three</p>', 'One *two* three'],
    ['<p>One<strong> two </strong>three</p>', 'One *two* three'],
    ['<i>a</i> <em>b</em> <s>c</s> <del>d</del> <code>e f</code>', '_a_ _b_ ~c~ ~d~ `e f`'],
    ['<h2><strong>Title</strong></h2><p>Text</p>', '*Title*\n\nText'],
    ['<b>one<br>two</b>', '*one*\n*two*'],
    ['<b></b><b> </b>x', 'x'],
    ['a  \n\t b<br>c<br/><br/>d<br><br><br><br>e', 'a b\nc\n\nd\n\ne'],
    ['<div>a</div><div>b</div><p>c</p><p>d</p>', 'a\nb\n\nc\n\nd'],
    [
      '<a href="https://o.example/x?a=1&amp;b=2">Open <b>it</b></a>',
      '<https://o.example/x?a=1&amp;b=2|Open it>',
    ],
    ['<a href="https://o.example/a|b>c d">x</a>', '<https://o.example/a%7Cb%3Ec%20d|x>'],
    ['<a href="https://o.example">https://o.example</a>', '<https://o.example>'],
    ['<a href="mailto:a@b.example">write</a>', '<mailto:a@b.example|write>'],
    ['<a href="/compliance">here</a>, <a href="javascript:alert(1)">there</a>', 'here, there'],
    ['<a href="https:&#x2f;&#x2f;o.example">x</a>', '<https://o.example|x>'],
    ['<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>', '• a\n• b\n    • c\n• d'],
    ['<ol start="3"><li><p>a</p></li><li>b</li></ol>', '3. a\n4. b'],
    ['<pre>a\n  b &lt;c&gt;\n</pre>', '```\na\n  b &lt;c&gt;\n```'],
    ['<blockquote>a<br>b</blockquote>c', '> a\n> b\n\nc'],
    [
      '<table><tr><th>Name</th><th>Days</th></tr><tr><td>Figma</td><td>3</td></tr></table>',
      '*Name* | *Days*\nFigma | 3',
    ],
    ['<img src="https://o.example/x.png" alt="Logo">', 'Logo'],
    ['<head><title>T</title><style>p{}</style></head><p>x<script>y</script></p>', 'x'],
    ['<div style="display:none">preview</div>x<span hidden>y</span>', 'x'],
    ['<p>a<p>b<li>c', 'a\n\nb\n• c'],
    ['<!-- c --><?php x ?>a', 'a'],
    ['<pre>a ``` b</pre>', '```\na ˋˋˋ b\n```'],
    ['<b>5 * 3</b> * <i>a_b <b>c*d</b></i> <code>x`y</code>', '*5 ∗ 3* * _aˍb *c∗d*_ `xˋy`'],
    ['', ''],
  ])('%s', (html, expected) => {
    expect(htmlToMrkdwn(html)).toBe(expected);
  });

  it('a document nested too deep loses its depths instead of ending the program', () => {
    const depth = 100_000;
    expect(htmlToMrkdwn(`a${'<b>'.repeat(depth)}b${'</b>'.repeat(depth)}c`)).toBe('ac');
  });

  it('no text becomes a mention or a link', () => {
    expect(htmlToMrkdwn('&lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|x&gt; &amp;lt;')).toBe(
      '&lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|x&gt; &amp;lt;',
    );
    expect(htmlToMrkdwn('<a href="https://o.example/>&lt;!channel&gt;">x</a>')).not.toMatch(/<!/);
  });
});

describe('HTML becomes the text of a chat with Markdown', () => {
  it.each([
    ['<p>[Sign in](https://evil.example)</p>', '\\[Sign in\\]\\(https://evil.example\\)'],
    ['<b>a*b_c~d`e|f</b> &lt;@1&gt; # \\\\', 'a\\*b\\_c\\~d\\`e\\|f \\<@1\\> \\# \\\\\\\\'],
    ['<a href="https://o.example/a_b">Open a_b</a>', 'Open a\\_b [https://o.example/a_b]'],
    ['<a href="https://o.example/a_b">https://o.example/a_b</a>', 'https://o.example/a_b'],
    ['<a href="javascript:alert(1)">x</a>', 'x'],
  ])('%s', (html, expected) => {
    expect(htmlToChatText(html)).toBe(expected);
  });
});

describe('a text that is too long is cut between two characters', () => {
  const family = '👨‍👩‍👧‍👦';
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['ab😀😀', 5, 'ab😀…'],
    ['ab😀😀', 4, 'ab…'],
    [`a${family}${family}`, 14, `a${family}…`],
    [`a${family}${family}`, 12, 'a…'],
    ['e\u0301e\u0301e\u0301', 5, 'e\u0301e\u0301…'],
    ['e\u0301e\u0301e\u0301', 4, 'e\u0301…'],
    ['🇪🇸🇪🇸', 6, '🇪🇸…'],
  ])('%s at %i', (text, limit, expected) => {
    expect(cutText(text, limit)).toBe(expected);
    expect(cutText(text, limit).length).toBeLessThanOrEqual(limit);
  });

  it('far into a long text of emoji', () => {
    const cut = cutText('😀'.repeat(30_000), 40_000);
    expect(cut).toBe(`${'😀'.repeat(19_999)}…`);
  });

  it.each([
    ['see <https://o.example|here> now', 15, 'see …'],
    ['see <https://o.example|here> now', 30, 'see <https://o.example|here> …'],
    ['a &amp; b', 6, 'a …'],
    ['a &amp; b', 8, 'a &amp;…'],
  ])('mrkdwn %s at %i keeps links and entities whole', (text, limit, expected) => {
    expect(cutMrkdwn(text, limit)).toBe(expected);
  });
});
