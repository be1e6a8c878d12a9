import type { Series } from '../../job/report-page.ts';

/** What is better is striped as well, so that no reader needs its colour. */
function isStriped({ paint }: Series): boolean {
  return paint === 'good';
}

export function Stripes({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={id} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect x={0} y={0} width={6} height={6} class="good" fill="#1a7f4b" />
        <rect x={0} y={0} width={2} height={6} class="stripe" fill="#fff" />
      </pattern>
    </defs>
  );
}

/** One part of a bar: a class gives its colour, or the stripes. */
export function Part({
  series,
  id,
  ...place
}: {
  readonly series: Series;
  readonly id: string;
  readonly x: number | string;
  readonly y: number;
  readonly width: number | string;
  readonly height: number;
}) {
  return isStriped(series) ? (
    <rect {...place} class="edge" fill={`url(#${id})`} />
  ) : (
    <rect {...place} class={`edge ${series.paint}`} fill="#8c959f" />
  );
}

export function Legend({ series, id }: { readonly series: readonly Series[]; readonly id: string }) {
  return (
    <ul class="legend">
      {series.map((one) => (
        <li>
          <svg width={12} height={12} aria-hidden="true">
            <Part series={one} id={id} x={0} y={0} width={12} height={12} />
          </svg>
          {one.name}
        </li>
      ))}
    </ul>
  );
}
