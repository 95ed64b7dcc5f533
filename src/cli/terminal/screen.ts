/**
 * The terminal as a screen of its own: entered, drawn, and left as it was.
 * Invariant: however the process ends, but for being killed outright, the terminal is left as it was found.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import { keysIn, type Key } from './keys.js';

/** Another screen, no cursor, no wrapping at the edge; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[H\u001b[2J';
const at = (row: number) => `\u001b[${row + 1};1H`;
const END_OF_LINE = '\u001b[0m\u001b[K';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines; only what has changed is sent. What the terminal is too slow for is left out. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back. Twice does nothing. */
  leave(): void;
}

export interface ScreenEvents {
  key(key: Key): void;
  resized(): void;
  /** It is to end: a signal came, or the terminal is gone. */
  ended(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function enterScreen(input: ReadStream, output: WriteStream, events: ScreenEvents): Screen {
  let shown: readonly string[] = [];
  let left = false;
  const enter = () => {
    input.setRawMode(true);
    output.write(ENTER + CLEAR);
    shown = [];
  };
  const restore = () => {
    try {
      input.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    output.write(LEAVE);
  };
  const resized = () => {
    shown = [];
    output.write(CLEAR);
    events.resized();
  };
  const suspend = () => {
    restore();
    process.once('SIGCONT', () => {
      if (left) return;
      enter();
      events.resized();
    });
    process.kill(process.pid, 'SIGSTOP');
  };
  const heard = (text: string) => {
    for (const key of keysIn(text)) {
      if (key === 'ctrl-z') suspend();
      else events.key(key);
    }
  };
  const ended = () => events.ended();
  const leave = () => {
    if (left) return;
    left = true;
    input.off('data', heard);
    input.off('end', ended);
    output.off('resize', resized);
    process.off('exit', leave);
    process.off('uncaughtExceptionMonitor', leave);
    for (const signal of SIGNALS) process.off(signal, ended);
    restore();
    input.pause();
  };
  process.on('exit', leave);
  // Told before the error is written, which so stands on the screen that stays.
  process.on('uncaughtExceptionMonitor', leave);
  for (const signal of SIGNALS) process.on(signal, ended);
  output.on('resize', resized);
  input.setEncoding('utf8');
  input.on('data', heard);
  input.on('end', ended);
  enter();
  input.resume();
  return {
    get columns() {
      return output.columns > 0 ? output.columns : 80;
    },
    get rows() {
      return output.rows > 0 ? output.rows : 24;
    },
    draw(lines) {
      if (left || output.writableNeedDrain) return;
      let text = '';
      for (const [row, line] of lines.entries()) if (line !== shown[row]) text += at(row) + line + END_OF_LINE;
      for (let row = lines.length; row < shown.length; row++) text += at(row) + END_OF_LINE;
      shown = lines;
      if (text !== '') output.write(text);
    },
    leave,
  };
}

/** Can this terminal show more than ASCII, by what it says of itself? */
export function showsUnicode({ LC_ALL, LC_CTYPE, LANG, WT_SESSION }: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((one) => one !== undefined && one !== '');
  return WT_SESSION !== undefined || locale === undefined || /utf-?8/i.test(locale);
}
