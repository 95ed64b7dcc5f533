/**
 * What all plots share: a frame with a legend and the same figures as a table, strips on one scale, marks that differ by shape.
 * Invariant: whatever a plot shows its table says; what is uncertain is drawn as a stretch, never as a point alone.
 */
import { scaleLinear } from 'd3-scale';
import { symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape';
import type { ComponentChildren } from 'preact';
import { ticksOf } from '../transport/axis.js';
import type { Words } from '../words/times.js';

const SHAPES = { square: symbolSquare, circle: symbolCircle, diamond: symbolDiamond, triangle: symbolTriangle } as const;
export type Shape = keyof typeof SHAPES;
const SIZE = 52;
const MIDDLE = 10;

/** A share of the width as SVG takes it; what lies outside is put at the edge. */
export const percent = (share: number) => `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`;

export function Mark({ at, shape, lane = 'public' }: { readonly at: number; readonly shape: Shape; readonly lane?: string }) {
  return (
    <svg x={percent(at)} y={MIDDLE} overflow="visible" aria-hidden="true">
      <path class={`mark ${lane}`} d={symbol(SHAPES[shape], SIZE)() ?? ''} />
    </svg>
  );
}

/** From one share of the width to another: at least wide enough to be seen. */
export function Stretch({ from, to, kind = 'range' }: { readonly from: number; readonly to: number; readonly kind?: string }) {
  return <line class={kind} x1={percent(from)} x2={percent(Math.max(to, from + 0.002))} y1={MIDDLE} y2={MIDDLE} />;
}

export function Strip({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg class="strip" width="100%" height="20" aria-hidden="true" focusable="false">
      <line class="base" x1="0" x2="100%" y1={MIDDLE} y2={MIDDLE} />
      {children}
    </svg>
  );
}

export function Legend({ marks }: { readonly marks: readonly (readonly [shape: Shape, lane: string, words: string])[] }) {
  return (
    <p class="legend">
      {marks.map(([shape, lane, words]) => (
        <span key={words}>
          <svg width="14" height="20" aria-hidden="true" focusable="false">
            <Mark at={0.5} shape={shape} lane={lane} />
          </svg>
          {words}
        </span>
      ))}
    </p>
  );
}

/** A scale from the beginning of the story to the clock, and the labels under it. */
export function timeScale(from: number, to: number) {
  return scaleLinear()
    .domain([from, Math.max(to, from + 1)])
    .range([0, 1])
    .clamp(true);
}

export function TimeAxis({ from, to, words }: { readonly from: number; readonly to: number; readonly words: Words }) {
  const x = timeScale(from, to);
  return (
    <div class="axis" aria-hidden="true">
      {ticksOf(from, to, 5, words).map(({ at, label }, i) =>
        x(at) > 0.85 || i % 2 === 1 ? null : (
          <span key={at} style={{ left: percent(x(at)) }}>
            {label}
          </span>
        ),
      )}
    </div>
  );
}

interface FrameProps {
  readonly title: string;
  readonly note: string;
  readonly heads: readonly string[];
  readonly cells: readonly (readonly string[])[];
  readonly children: ComponentChildren;
}

export function Frame({ title, note, heads, cells, children }: FrameProps) {
  return (
    <figure class="plot">
      <figcaption>{note}</figcaption>
      {children}
      <details class="as-table">
        <summary>
          As a table<span class="unseen">: {title}</span>
        </summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard. */}
        <section class="table-scroll" aria-label={`${title}, as a table`} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {cells.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) =>
                    j === 0 ? (
                      <th key={j} scope="row" dir="auto">
                        {cell}
                      </th>
                    ) : (
                      <td key={j} dir="auto">
                        {cell}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}
