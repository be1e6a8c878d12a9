import { describe, expect, it } from 'vitest';
import type { CatalogControl } from '../../../../../jobs/compliance-drift/import/oscal/flatten-catalog.ts';
import { readCatalog } from '../../../../../jobs/compliance-drift/import/oscal/read-catalog.ts';
import { inputFiles } from '../../../../import/input-files.ts';
import { catalogJson, control, withdrawn } from './catalogs.ts';

const write = inputFiles();
const read = async (content: string | Buffer) => readCatalog(await write(content), 'catalog.json');

async function only(content: Readonly<Record<string, unknown>>): Promise<CatalogControl> {
  const [first] = (await read(catalogJson({ controls: [{ ...control('ac-1'), ...content }] }))).controls;
  if (first === undefined) throw new Error('no control');
  return first;
}

describe('controls of a catalog', () => {
  it('come from groups in groups, from the top, and from controls in controls, in the order of the file', async () => {
    const { controls } = await read(
      catalogJson({
        controls: [control('top-1')],
        groups: [
          {
            title: 'A',
            controls: [control('a-1', { controls: [control('a-1.1', { controls: [control('a-1.1.1')] })] })],
          },
          { title: 'B', groups: [{ title: 'B1', controls: [control('b-1')] }] },
        ],
      }),
    );
    expect(controls.map((one) => one.controlId)).toEqual(['TOP-1', 'A-1', 'A-1.1', 'A-1.1.1', 'B-1']);
  });

  it.each([
    [
      'the plain label before its variants',
      [
        { name: 'label', class: 'zero-padded', value: 'AC-02(01)' },
        { name: 'label', value: 'AC-2(1)' },
        { name: 'label', class: 'sp800-53a', value: 'AC-02(01)' },
      ],
      'AC-2(1)',
    ],
    [
      'another class before a padded one',
      [
        { name: 'label', class: 'zero-padded', value: 'AC-02' },
        { name: 'label', class: 'sp800-53', value: 'AC-2' },
      ],
      'AC-2',
    ],
    ['a padded one before the id', [{ name: 'label', class: 'zero-padded', value: 'AC-02' }], 'AC-02'],
    [
      'not a label of another namespace',
      [{ name: 'label', ns: 'https://example.org/ns', value: 'X' }],
      'AC-1',
    ],
    ['the id in capitals where there is no label', [], 'AC-1'],
    [
      'what a label has in brackets after the title',
      [{ name: 'label', value: 'Title  of AC-1 (03.01.01)' }],
      '03.01.01',
    ],
    [
      'the id where something else than the title is before the brackets',
      [{ name: 'label', value: 'AC-2 (1)' }],
      'AC-1',
    ],
    ['the id where the label has spaces', [{ name: 'label', value: 'Account Management' }], 'AC-1'],
    ['the id where the label is too long', [{ name: 'label', value: 'x'.repeat(101) }], 'AC-1'],
  ])('are known by %s', async (_, props, expected) => {
    expect((await only({ props })).controlId).toBe(expected);
  });

  it('are known by what --identifier asks for; by the id where a control has nothing of it', async () => {
    const path = await write(
      catalogJson({
        controls: [
          control('ac-1', {
            props: [
              { name: 'label', value: 'A' },
              { name: 'sort-id', value: 'ac-01' },
            ],
          }),
          control('ac-2', { props: [{ name: 'sort-id', ns: 'https://example.org/ns', value: 'ac 02' }] }),
        ],
      }),
    );
    const known = async (from: string) =>
      (await readCatalog(path, 'catalog.json', from)).controls.map(
        ({ controlId, identifiedById }) => `${controlId}${identifiedById ? ' by id' : ''}`,
      );
    expect(await known('label')).toEqual(['A', 'AC-2 by id']);
    expect(await known('id')).toEqual(['AC-1', 'AC-2']);
    expect(await known('sort-id')).toEqual(['ac-01', 'AC-2 by id']);
    await expect(known('sortid')).rejects.toMatchObject({ code: 'unknown_identifier', exitCode: 2 });
  });

  it.each([
    ['incorporated_into', '#ac-1', 'Withdrawn: incorporated into AC-1'],
    ['incorporated-into', 'ac-1', 'Withdrawn: incorporated into AC-1'],
    ['moved_to', 'ac-1', 'Withdrawn: moved to AC-1'],
    ['Moved-To', '#PM-7', 'Withdrawn: moved to PM-7'],
    ['moved-to', 'https://example.org/ac-1', 'Withdrawn'],
    ['moved-to', '#', 'Withdrawn'],
  ])('withdrawn with a link %s to %s record it', async (rel, href, expected) => {
    const { controls } = await read(
      catalogJson({ controls: [control('ac-1'), withdrawn('ac-2', { links: [{ rel, href }] })] }),
    );
    expect(controls[1]?.description).toBe(expected);
  });

  it('withdrawn record what became of them before their text', async () => {
    const { controls } = await read(
      catalogJson({
        controls: [
          { ...control('ac-1'), ...withdrawn('ac-1', { links: [{ rel: 'moved_to', href: 'ac-2' }] }) },
          { ...control('ac-2'), ...withdrawn('ac-2') },
        ],
      }),
    );
    expect(controls.map(({ description }) => description)).toEqual([
      'Withdrawn: moved to AC-2\n\nDo ac-1.',
      'Do ac-2.',
    ]);
  });

  it.each(['1.0.0', '1.1.3', 'v1.2.2'])('of OSCAL %s are read', async (version) => {
    const content = catalogJson({ controls: [control('ac-1')] }, { 'oscal-version': version });
    expect((await read(content)).controls).toHaveLength(1);
  });

  it.each(['withdrawn', 'Withdrawn', ' WITHDRAWN '])(
    'with the status %s are withdrawn, and record what became of them',
    async (value) => {
      const { controls } = await read(
        catalogJson({
          controls: [
            control('ac-1', { props: [{ name: 'label', value: 'AC-1' }] }),
            withdrawn('ac-2', {
              props: [{ name: 'status', value }],
              links: [
                { rel: 'incorporated-into', href: '#ac-1' },
                { rel: 'moved-to', href: '#pm-7' },
                { rel: 'related', href: '#ac-9' },
              ],
            }),
          ],
        }),
      );
      expect(controls.map((one) => one.withdrawn)).toEqual([false, true]);
      expect(controls[1]?.description).toBe('Withdrawn: incorporated into AC-1; moved to PM-7');
    },
  );
});

describe('text of a control', () => {
  const params = [
    { id: 'p1', label: 'personnel or roles' },
    { id: 'p2', select: { 'how-many': 'one-or-more', choice: ['daily', ' per {{ insert: param, p1 }} '] } },
    { id: 'p3', label: 'frequency', values: ['monthly'] },
    { id: 'p4', select: { choice: ['physically', 'logically'] } },
    { id: 'empty', label: '' },
    { id: 'used', label: ' ', usage: 'as used' },
    { id: 'blank', label: 'of the blank', values: [''], select: { choice: [' '] } },
    { id: 'loop', select: { choice: ['again {{ insert: param, loop }}'] } },
    { id: 'there', select: { choice: ['{{ insert: param, back }}'] } },
    { id: 'back', select: { choice: ['{{ insert: param, there }}'] } },
  ];
  const statement = (prose: string) => [{ name: 'statement', prose }];

  it.each([
    ['Call {{ insert: param, p1 }}.', 'Call [Assignment: personnel or roles].'],
    [
      'Do it {{ insert: param, p2 }} ; and',
      'Do it [Selection (one or more): daily; per [Assignment: personnel or roles]]; and',
    ],
    ['Review {{insert:param,p3}}.', 'Review monthly.'],
    ['{{ p4 }} separated', '[Selection: physically; logically] separated'],
    ['Ask {{ insert: param, empty }}.', 'Ask [Assignment: empty].'],
    ['Ask {{ insert: param, used }}.', 'Ask [Assignment: as used].'],
    ['Ask {{ insert: param, blank }}.', 'Ask [Assignment: of the blank].'],
    ['Ask {{ insert: param, stranger }}.', 'Ask [Assignment: stranger].'],
    ['No braces { here }', 'No braces { here }'],
  ])('%s', async (prose, text) => {
    expect((await only({ params, parts: statement(prose) })).description).toBe(text);
  });

  it.each([
    ['itself', 'loop', '[Selection: again [Assignment: loop]]'],
    ['one that leads back to it', 'there', '[Selection: [Selection: [Assignment: there]]]'],
  ])('a parameter that chooses %s ends there', async (_, id, text) => {
    const { description } = await only({ params, parts: statement(`{{ insert: param, ${id} }}`) });
    expect(description).toBe(text);
  });

  const fan = (last: Readonly<Record<string, unknown>>) => [
    ...Array.from({ length: 7 }, (__, level) => ({
      id: `f${level}`,
      values: Array.from({ length: 30 }, () => `{{ f${level + 1} }}`),
    })),
    { id: 'f7', ...last },
  ];

  it.each([
    ['text', { label: 'much' }],
    ['nothing', { values: [''] }],
  ])('parameters that multiply %s without end are a problem of their control', async (_, last) => {
    const content = catalogJson({
      controls: [control('ac-1', { params: fan(last), parts: statement('{{ f0 }}') }), control('ac-2')],
    });
    await expect(read(content)).rejects.toMatchObject({
      code: 'file_has_problems',
      problemCount: 1,
      problems: [{ message: expect.stringMatching(/^control AC-1: .*parameters/) }],
    });
  });

  it('controls that are all just short enough do not fill the memory together', async () => {
    const big = { id: 'big', values: Array.from({ length: 99 }, () => 'x'.repeat(999)) };
    const controls = Array.from({ length: 200 }, (__, at) =>
      control(`ac-${at}`, { parts: statement('{{ big }}') }),
    );
    await expect(read(catalogJson({ params: [big], controls }))).rejects.toMatchObject({
      code: 'file_has_problems',
      problems: expect.arrayContaining([
        {
          line: 1,
          column: expect.any(Number),
          message: expect.stringMatching(/^control AC-199: .*parameters/),
        },
      ]),
    });
  });

  it('parameters are found wherever the catalog declares them', async () => {
    const { controls } = await read(
      catalogJson({
        params: [{ id: 'c', label: 'of the catalog' }],
        groups: [
          {
            title: 'A',
            params: [{ id: 'g', label: 'of the group' }],
            controls: [
              control('a-1', {
                parts: statement('{{ insert: param, c }} {{ insert: param, g }} {{ insert: param, o }}'),
              }),
            ],
          },
          { title: 'B', controls: [control('b-1', { params: [{ id: 'o', label: 'of another control' }] })] },
        ],
      }),
    );
    expect(controls[0]?.description).toBe(
      '[Assignment: of the catalog] [Assignment: of the group] [Assignment: of another control]',
    );
  });

  it('items keep their labels and their depth; guidance and assessment stay out', async () => {
    const item = (label: string, prose: string, parts: unknown[] = []) => ({
      name: 'item',
      props: [{ name: 'label', value: label }],
      prose,
      parts,
    });
    const { description } = await only({
      parts: [
        {
          name: 'statement',
          parts: [item('a.', 'Write:', [item('1.', 'one;'), item('2.', 'two.')]), item('b.', 'Read.')],
        },
        { name: 'guidance', prose: 'Much could be said.' },
      ],
    });
    expect(description).toBe('a. Write:\n  1. one;\n  2. two.\nb. Read.');
  });

  it('is null where the catalog has none', async () => {
    expect((await only({ parts: undefined })).description).toBeNull();
  });
});

describe('the framework of a catalog', () => {
  it('takes title, version and the publisher’s own address', async () => {
    const { title, description, link } = await read(
      catalogJson(
        { controls: [control('a-1')] },
        {
          remarks: 'For everybody.',
          'oscal-version': '1.0.4',
          links: [
            { rel: 'source-profile', href: 'https://example.org/profile.xml' },
            { rel: 'alternate', href: 'catalog.xml' },
            { rel: 'alternate', href: 'https://example.org/other' },
            { rel: 'canonical', href: 'https://example.org/rules' },
          ],
        },
      ),
    );
    expect({ title, description, link }).toEqual({
      title: 'House rules',
      description: 'House rules, version 2 (OSCAL 1.0.4)\n\nFor everybody.',
      link: 'https://example.org/rules',
    });
  });
});

describe('a file that is no catalog', () => {
  it.each([
    ['an OSCAL profile', '{"profile": {}}', 'not_an_oscal_catalog', /is an OSCAL profile, not a catalog/],
    [
      'a system security plan',
      '{"system-security-plan": {}}',
      'not_an_oscal_catalog',
      /system security plan/,
    ],
    ['other JSON', '{"name": "x"}', 'not_an_oscal_catalog', /no "catalog" at its top/],
    ['a list', '[]', 'not_an_oscal_catalog', /no "catalog"/],
    ['null', 'null', 'not_an_oscal_catalog', /no "catalog"/],
    ['broken JSON', '{\n  "catalog": {,\n}', 'not_json', /line 2, column 15: this is not JSON/],
    ['JSON with a comment', '{\n// x\n"catalog": {}}', 'not_json', /line 2/],
    ['JSON that ends early', '{"catalog": {"uuid": ', 'not_json', /line 1/],
    ['XML', '<?xml version="1.0"?><catalog/>', 'not_json', /It looks like XML/],
    ['text', 'hello', 'not_json', /line 1, column 1/],
    ['nothing', '', 'file_empty', /is empty/],
    ['a byte order mark alone', '\uFEFF', 'file_empty', /is empty/],
    [
      'a catalog without controls',
      catalogJson({ groups: [{ title: 'A' }] }),
      'catalog_without_controls',
      /without controls/,
    ],
    [
      'a catalog of OSCAL 2',
      catalogJson({ controls: [control('a')] }, { 'oscal-version': '2.0.0' }),
      'oscal_version_not_supported',
      /OSCAL 2.0.0/,
    ],
    ['brackets without end', '['.repeat(100_000), 'not_an_oscal_catalog', /nested too deep/],
  ])('%s', async (_, content, code, message) => {
    await expect(read(content)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it('the way out of a profile is named', async () => {
    await expect(read('{"profile": {}}')).rejects.toMatchObject({
      next: expect.stringContaining('Resolve it first'),
    });
  });

  it.each([
    ['UTF-16', Buffer.from('{"catalog": {}}', 'utf16le'), /line 1: the file is UTF-16/],
    ['Latin-1', Buffer.from('{\n"catalog": "é"}', 'latin1'), /line 2: is not UTF-8/],
  ])('%s is reported with its line', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'file_not_utf8',
      message: expect.stringMatching(message),
    });
  });

  it('more than 64 MB are refused by the size, unread', async () => {
    const path = await write(catalogJson({ controls: [control('a-1')] }));
    const { truncate } = await import('node:fs/promises');
    await truncate(path, 64 * 1024 * 1024 + 1);
    await expect(readCatalog(path, 'big.json')).rejects.toMatchObject({
      code: 'file_too_large',
      exitCode: 2,
    });
  });
});

describe('problems of a catalog', () => {
  it('a byte order mark is none', async () => {
    expect((await read(`\uFEFF${catalogJson({ controls: [control('a-1')] })}`)).controls).toHaveLength(1);
  });

  it('all are reported at once, each with its line', async () => {
    const content = JSON.parse(
      catalogJson({
        controls: [
          control('a-1'),
          control('a-1'),
          { id: 'a-2' },
          control('a-3', { title: 'x'.repeat(513) }),
          control('b'.repeat(101)),
          control('a-4', { title: 'nul \u0000' }),
          control('a-5', { parts: [{ name: 'statement', prose: 'half \ud83d of a pair' }] }),
        ],
      }),
    );
    const pretty = JSON.stringify(content, null, 2);
    const lineOf = (text: string) => pretty.split('\n').findIndex((line) => line.includes(text));
    await expect(read(pretty)).rejects.toMatchObject({
      code: 'file_has_problems',
      problems: [{ line: lineOf('"a-2"'), message: expect.stringContaining('controls.2.title') }],
    });
    content.catalog.controls.splice(2, 1);
    const good = JSON.stringify(content, null, 2);
    const error: unknown = await read(good).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      problemCount: 5,
      problems: [
        {
          message:
            'control A-1: the same identifier as the control at catalog.controls.0; try another --identifier',
        },
        { message: 'control A-3: its title has 513 characters, 512 are allowed' },
        { message: expect.stringContaining('its identifier has 101 characters, 100 are allowed') },
        { message: expect.stringContaining('control A-4: holds a character that no text column can store') },
        { message: expect.stringContaining('control A-5: holds a character that no text column can store') },
      ],
    });
  });

  it('countless problems are refused with the first hundred and the count', async () => {
    const controls = Array.from({ length: 130_000 }, () => ({ id: 'a', title: 't' }));
    await expect(read(catalogJson({ groups: [{ controls }] }))).rejects.toMatchObject({
      code: 'file_has_problems',
      problemCount: 129_999,
      problems: { length: 100 },
    });
  });

  it('more problems than the check of the schema can hand on are refused in a sentence', async () => {
    const controls = Array.from({ length: 130_000 }, () => ({ id: 'a' }));
    await expect(read(catalogJson({ groups: [{ controls }] }))).rejects.toMatchObject({
      code: 'file_has_problems',
      exitCode: 2,
      message: 'catalog.json has more problems than can be listed; nothing was written.',
    });
  });

  it('a column is reported for a file of one line', async () => {
    const text = catalogJson({ controls: [control('a-1'), control('a-1')] });
    await expect(read(text)).rejects.toMatchObject({
      problems: [{ line: 1, column: text.lastIndexOf('{"id":"a-1","title"') + 1 }],
    });
  });
});
