import type { ColumnPicture, Series } from '../../job/report-page.ts';
import { Part, Stripes } from './legend.tsx';
import { countTicks, percent, pixels } from './scale.ts';

/*
 * Stacked columns. There is no viewBox, which would shrink the text on a narrow screen: x is in per cent, y in pixels, and the style leaves
 * room for labels on both sides.
 */

const shareHeight = 66;
const gapBelowShare = 34;
const countHeight = 170;
const labelHeight = 28;
/** Room for the total over the highest column. */
const top = 18;
/** Labels below: so many on a wide screen, and on a narrow one. */
const [manyLabels, fewLabels] = [14, 4];

export function Columns({ picture, id }: { readonly picture: ColumnPicture; readonly id: string }) {
  const { columns, series, share } = picture;
  const above = series.filter(({ below }) => below !== true);
  const under = series.filter(({ below }) => below === true);
  const [most, least] = [highest(above, columns.length), highest(under, columns.length)];
  const step = countTicks(Math.max(most, least), 5)[1] ?? 1;
  const [up, down] = [Math.max(1, Math.ceil(most / step)), Math.ceil(least / step)];
  const unit = countHeight / ((up + down) * step);
  const start = share === undefined ? top : shareHeight + gapBelowShare;
  const zero = start + up * step * unit;
  const height = start + countHeight + labelHeight;
  return (
    <svg
      role="img"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      width="100%"
      height={height}
    >
      <title>{picture.title}</title>
      <Stripes id={`${id}-stripes`} />
      {share === undefined ? undefined : <Share values={share.values} />}
      {Array.from({ length: up + down + 1 }, (_, index) => (index - down) * step).map((value) => (
        <g>
          <line
            class="grid"
            stroke="#d0d7de"
            x1="0%"
            x2="100%"
            y1={pixels(zero - value * unit)}
            y2={pixels(zero - value * unit)}
          />
          <text x={0} dx={-8} y={pixels(zero - value * unit + 4)} text-anchor="end">
            {String(Math.abs(value))}
          </text>
        </g>
      ))}
      {columns.map((label, index) => (
        <g>
          <Stack {...{ series: above, index, of: columns.length, zero, unit, id, up: true }} />
          <Stack {...{ series: under, index, of: columns.length, zero, unit, id, up: false }} />
          <ColumnLabel {...{ label, index, of: columns.length, y: height - 8 }} />
        </g>
      ))}
      <line class="zero" stroke="#57606a" x1="0%" x2="100%" y1={pixels(zero)} y2={pixels(zero)} />
    </svg>
  );
}

function highest(series: readonly Series[], columns: number): number {
  let most = 0;
  for (let index = 0; index < columns; index += 1) most = Math.max(most, sumAt(series, index));
  return most;
}

function sumAt(series: readonly Series[], index: number): number {
  return series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
}

interface StackPlace {
  readonly series: readonly Series[];
  readonly index: number;
  readonly of: number;
  readonly zero: number;
  readonly unit: number;
  readonly id: string;
  readonly up: boolean;
}

/** The first series stands at the zero line. */
function Stack({ series, index, of, zero, unit, id, up }: StackPlace) {
  const total = sumAt(series, index);
  let before = 0;
  const parts = series.map((one) => {
    const value = one.values[index] ?? 0;
    const y = up ? zero - (before + value) * unit : zero + before * unit;
    before += value;
    if (value === 0) return undefined;
    return (
      <Part
        series={one}
        id={`${id}-stripes`}
        x={percent(index + 0.15, of)}
        width={percent(0.7, of)}
        y={pixels(y)}
        height={pixels(value * unit)}
      />
    );
  });
  return (
    <g>
      {parts}
      {up && total > 0 && of <= 2 * manyLabels ? (
        <text
          class={of > 2 * fewLabels ? 'total seldom' : 'total'}
          text-anchor="middle"
          x={percent(index + 0.5, of)}
          y={pixels(zero - total * unit - 4)}
        >
          {String(total)}
        </text>
      ) : undefined}
    </g>
  );
}

/** The table below has the whole date. */
const yearOfDate = /^\d{4}-(?=\d{2}-\d{2}$)/;

/** Counted from the newest, so that this one always has its label. */
function ColumnLabel({ label, index, of, y }: { label: string; index: number; of: number; y: number }) {
  const fromNewest = of - 1 - index;
  if (fromNewest % Math.ceil(of / manyLabels) !== 0) return null;
  const seldom =
    fromNewest % (Math.ceil(of / manyLabels) * Math.ceil(Math.min(of, manyLabels) / fewLabels)) !== 0;
  return (
    <text class={seldom ? 'seldom' : undefined} x={percent(index + 0.5, of)} y={y} text-anchor="middle">
      {label.replace(yearOfDate, '')}
    </text>
  );
}

function Share({ values }: { readonly values: ReadonlyArray<number | null> }) {
  const x = (index: number) => percent(index + 0.5, values.length);
  const y = (share: number) => pixels(8 + (1 - share) * (shareHeight - 8));
  return (
    <g>
      {[0, 0.5, 1].map((share) => (
        <g>
          <line class="grid" stroke="#d0d7de" x1="0%" x2="100%" y1={y(share)} y2={y(share)} />
          <text x="100%" dx={8} y={y(share) + 4} text-anchor="start">
            {`${share * 100} %`}
          </text>
        </g>
      ))}
      {values.map((share, index) => {
        const before = values[index - 1];
        if (share === null || before === null || before === undefined) return undefined;
        return (
          <line class="curve" stroke="#1b1f24" x1={x(index - 1)} x2={x(index)} y1={y(before)} y2={y(share)} />
        );
      })}
      {values.map((share, index) =>
        share === null ? undefined : <circle class="dot" fill="#1b1f24" cx={x(index)} cy={y(share)} r={3} />,
      )}
    </g>
  );
}
