/**
 * Words in lines and columns. Widths are cells of a terminal: a letter may take none, one or two.
 * Invariants: no line is wider than it may be, whatever stands in it; no word is lost by wrapping. Texts are clean already.
 */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

export const widthOf = (text: string): number => stringWidth(text);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Lines of at most so many cells; a word that is longer is broken. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(1, width);
  return (
    wrapAnsi(text, room, { hard: true, trim: true })
      .split('\n')
      // A letter that is wider than the line cannot be shown.
      .map((line) => (widthOf(line) > room ? cut(line, room) : line))
  );
}

/** The text itself, or as much of it as fits and a mark that more was there. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let shown = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    shown += segment;
  }
  return `${shown.trimEnd()}…`;
}

/** Text in a column: cut where it is too wide, filled with blanks where it is not. */
export function fitted(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return side === 'left' ? shown + blanks : blanks + shown;
}

/** The first line after `first`, each further one after `rest`. */
export function hanging(text: string, width: number, first = '', rest = ' '.repeat(widthOf(first))): string[] {
  return wrap(text, width - Math.max(widthOf(first), widthOf(rest))).map((line, i) => (i === 0 ? first : rest) + line);
}

export interface Column {
  readonly head: string;
  readonly side?: 'left' | 'right';
}

/** A table of one line a row. Where it is wider than it may be, the widest columns give way. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const gaps = 2 * (columns.length - 1);
  const widths = columns.map(({ head }, i) => Math.max(widthOf(head), ...rows.map((row) => widthOf(row[i] ?? ''))));
  for (let over = widths.reduce((sum, one) => sum + one, gaps) - width; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] as number) <= 4) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => fitted(cell, widths[i] as number, columns[i]?.side))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ head }) => head)), ...rows.map(line)];
}
