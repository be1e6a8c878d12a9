import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { documents, root, textOf } from './manual/blocks.ts';

/** The headings of the second level. */
function headings(document: string): readonly string[] {
  const prose = textOf(document).replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/^## (.+)$/gm)].map(([, text = '']) => text);
}

function lines(document: string): number {
  return textOf(document).trimEnd().split('\n').length;
}

describe('the outline of the manual', () => {
  it('of the README is this, in at most 160 lines', () => {
    expect(headings('README.md')).toEqual([
      'For whom',
      'Install',
      'With OpsDeck',
      'Without OpsDeck',
      'Jobs',
      'Schedules',
      'Every day',
      'When something fails',
      'Exit codes',
      'Promises and limits',
      'Upgrade, back up, remove',
      'Documentation',
    ]);
    expect(lines('README.md')).toBeLessThanOrEqual(160);
  });

  it.each(jobs.filter(({ name }) => name !== 'demo').map(({ name }) => name))(
    'of the page of %s is that of every job',
    (name) => {
      expect(headings(`docs/jobs/${name}.md`)).toEqual([
        'Reads',
        'Does',
        'Writes',
        'Settings',
        'Commands',
        'Promises',
        'Refuses',
      ]);
    },
  );

  it('has no page of a job that does not exist', () => {
    const pages = documents.filter((name) => name.startsWith('docs/jobs/'));
    expect(pages.filter((page) => !jobs.some(({ name }) => page === `docs/jobs/${name}.md`))).toEqual([]);
  });

  it('of the architecture has every folder, the states as diagrams, and what is followed through the files', () => {
    const text = textOf('docs/architecture.md');
    const folders = readdirSync(`${root}/src`, { withFileTypes: true }).filter((one) => one.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !text.includes(`\`${name}/\``))).toEqual([]);
    expect(text.match(/^```mermaid$/gm)).toHaveLength(2);
    expect(headings('docs/architecture.md')).toEqual([
      'Floors',
      'The states of a run',
      'The states of a message',
      'Clocks',
      'One scheduled run, followed through the files',
      'One message, followed through the files',
      'Databases',
    ]);
  });

  it('leads from the README to every page', () => {
    const text = textOf('README.md');
    const pages = documents.filter((name) => name !== 'README.md');
    expect(pages.filter((page) => !text.includes(`](${page})`))).toEqual([]);
  });

  it('of the architecture names only files that exist', () => {
    const text = textOf('docs/architecture.md');
    const named = [...text.matchAll(/`((?:bin|jobs|src|migrations|test)\/[\w./-]+\.ts)`/g)].map(
      ([, file = '']) => file,
    );
    const there = new Set(
      ['bin', 'jobs', 'src', 'migrations', 'test'].flatMap((folder) =>
        readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map(
          (name) => `${folder}/${name}`,
        ),
      ),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((file) => !there.has(file))).toEqual([]);
  });
});
