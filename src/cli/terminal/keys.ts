/**
 * Keys from what a terminal sends. Pure.
 * Invariant: what is no key that is known is left out, and is never taken for another.
 */
export type Key = string;

const NAMED: Readonly<Record<string, Key>> = {
  '\u001b[C': 'right',
  '\u001b[D': 'left',
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001bOC': 'right',
  '\u001bOD': 'left',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
  '\u0003': 'ctrl-c',
  '\u0004': 'ctrl-d',
  '\u001a': 'ctrl-z',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\r': 'enter',
  '\n': 'enter',
  '\u001b': 'escape',
  ' ': 'space',
};
/** Sequences (CSI, SS3, a letter with Alt), or one letter. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal sends
const EACH = /\u001b\[[0-?]*[ -/]*[@-~]|\u001bO[@-~]|\u001b[^[O\u001b]|./gsu;

/** The keys in a piece of input, in order: names, or the letter itself. */
export function keysIn(text: string): Key[] {
  return (text.match(EACH) ?? []).flatMap((part) => {
    const named = NAMED[part];
    if (named !== undefined) return [named];
    return part.startsWith('\u001b') || /\p{Cc}/u.test(part) ? [] : [part];
  });
}
