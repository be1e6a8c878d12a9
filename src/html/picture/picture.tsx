import type { Picture } from '../../job/report-page.ts';
import { pieceBefore, slot } from '../markup.ts';
import { tablePieces } from '../table.tsx';
import { Bars } from './bars.tsx';
import { Columns } from './columns.tsx';
import { Legend } from './legend.tsx';

/** A picture with its title, what can be seen in it, and the numbers that it was drawn from. */
export async function* picturePieces(picture: Picture, id: string): AsyncGenerator<string> {
  const { title, description, series } = picture;
  const [before, after] = pieceBefore(
    <figure>
      <h3 id={`${id}-title`}>{title}</h3>
      <p id={`${id}-text`} class="quiet">
        {description}
      </p>
      <Legend series={series} id={`${id}-stripes`} />
      {picture.kind === 'columns' ? (
        <Columns picture={picture} id={id} />
      ) : (
        <Bars picture={picture} id={id} />
      )}
      {slot}
    </figure>,
  );
  yield before;
  yield* numbers(picture);
  yield after;
}

function numbers(picture: Picture): AsyncGenerator<string> {
  const { title, each, series } = picture;
  const names = picture.kind === 'columns' ? picture.columns : picture.rows;
  const share = picture.kind === 'columns' ? picture.share : undefined;
  const note = picture.kind === 'bars' ? picture.note : undefined;
  const counted = [each, ...series.map(({ name }) => name), ...(share === undefined ? [] : [share.name])];
  const columns = [...counted, ...(note === undefined ? [] : [note.name])];
  return tablePieces({
    label: title,
    columns,
    rows: names.map((name, row) => [
      name,
      ...series.map(({ values }) => String(values[row] ?? 0)),
      ...(share === undefined ? [] : [shareText(share.values[row] ?? null)]),
      ...(note === undefined ? [] : [note.values[row] || '-']),
    ]),
    numeric: new Set(counted.slice(1).map((_, index) => index + 1)),
    compact: true,
  });
}

/** Rounded down: 100 % only when nothing is missing. */
function shareText(share: number | null): string {
  return share === null ? '-' : `${Math.floor(share * 100)} %`;
}
