/**
 * Windows: story time cut into pieces of one width, for counts that stay bounded however long a story is: where too many
 * pieces would be needed, the next width is taken and what was counted is put together.
 * Invariants: each window lies whole within one of the next width; what is in them depends on what was put there, never on
 * the order. Unit: ms of story time; a width is named by its place in `WIDTHS`.
 */
import type { Table } from '../table.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Each is so many times the one before. The widest holds all story time in some hundred pieces. */
export const WIDTHS: readonly number[] = [SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, WEEK, 4 * WEEK, 52 * WEEK, 520 * WEEK, 5_200 * WEEK];

/** Windows of all widths begin at January 1 of the year 1, which is a Monday, in UTC: before all story time. */
const ORIGIN = new Date(0).setUTCFullYear(1, 0, 1);

/** From the first instant to the last that were counted, and the width that is taken for it. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly width: number;
}

/** The number of the window that holds an instant. */
export function windowOf(instant: number, width: number): number {
  return Math.floor((instant - ORIGIN) / (WIDTHS[width] as number));
}

/** The instant at which a window begins. */
export function startOfWindow(window: number, width: number): number {
  return ORIGIN + window * (WIDTHS[width] as number);
}

/** How many windows there are from the first instant to the last. */
export function windowsIn({ first, last, width }: Span): number {
  return windowOf(last, width) - windowOf(first, width) + 1;
}

/** Under which key the row of a window stands. */
export const windowKey = (window: number, width: number): string => `${width}:${window}`;

/** The span with one more instant; its width is the least that needs no more than `most` windows. */
export function widened(span: Span | null, instant: number, most: number): Span {
  if (span !== null && instant >= span.first && instant <= span.last) return span;
  let wide = { first: Math.min(instant, span?.first ?? instant), last: Math.max(instant, span?.last ?? instant), width: span?.width ?? 0 };
  while (windowsIn(wide) > most && wide.width < WIDTHS.length - 1) wide = { ...wide, width: wide.width + 1 };
  return wide;
}

/** The rows of windows of one width, put together into windows of a greater one. The order in which `join` gets them is not to matter. */
export function regrouped<Row>(rows: Table<Row>, from: number, to: number, join: (a: Row, b: Row) => Row): Table<Row> {
  const times = (WIDTHS[to] as number) / (WIDTHS[from] as number);
  let next = rows;
  for (const key of from === to ? [] : rows.keys()) {
    const row = rows.get(key) as Row;
    const window = Math.floor(Number(key.slice(key.indexOf(':') + 1)) / times);
    next = next.delete(key).update(windowKey(window, to), (known) => (known === undefined ? row : join(known, row)));
  }
  return next;
}
