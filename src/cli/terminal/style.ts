/**
 * How words are set off in a terminal, where that is wanted.
 * Invariant: nothing is said by a style alone; where output goes elsewhere than to a terminal there is none.
 */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  /** What is still open. */
  open(text: string): string;
}

const sgr = (on: number, off: number) => (text: string) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`);

const STYLED: Style = { bold: sgr(1, 22), dim: sgr(2, 22), open: sgr(33, 39) };
export const PLAIN: Style = { bold: (text) => text, dim: (text) => text, open: (text) => text };

type Environment = Readonly<Record<string, string | undefined>>;

export function styleFor(stream: { readonly isTTY?: boolean | undefined }, { NO_COLOR = '', TERM = '' }: Environment): Style {
  return stream.isTTY === true && NO_COLOR === '' && TERM !== 'dumb' ? STYLED : PLAIN;
}
