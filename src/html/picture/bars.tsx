import type { RowPicture } from '../../job/report-page.ts';
import { Part, Stripes } from './legend.tsx';
import { percent } from './scale.ts';

const barHeight = 18;

/** A bar under each name, which may take several lines. */
export function Bars({ picture, id }: { readonly picture: RowPicture; readonly id: string }) {
  const { rows, series, shares, note } = picture;
  const sums = rows.map((_, row) => series.reduce((sum, { values }) => sum + (values[row] ?? 0), 0));
  const most = Math.max(1, ...sums);
  return (
    <div role="img" aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`}>
      {rows.map((name, row) => {
        let before = 0;
        const whole = shares === true ? (sums[row] ?? 0) : most;
        return (
          <div class="bar">
            {[`${name}: ${sums[row] ?? 0}`, ...(note?.values[row] ? [note.values[row]] : [])].join('; ')}
            <svg width="100%" height={barHeight} aria-hidden="true">
              {row === 0 ? <Stripes id={`${id}-stripes`} /> : undefined}
              {series.map((one) => {
                const value = one.values[row] ?? 0;
                const x = percent(before, whole);
                before += value;
                if (value === 0) return undefined;
                return (
                  <Part
                    series={one}
                    id={`${id}-stripes`}
                    x={x}
                    y={0}
                    width={percent(value, whole)}
                    height={barHeight}
                  />
                );
              })}
            </svg>
          </div>
        );
      })}
    </div>
  );
}
