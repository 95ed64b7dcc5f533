/**
 * A watcher's screen as lines of a given width, as many as the terminal has. Pure.
 * Invariants: as many lines as rows, and none wider than the columns; nothing is said by colour alone; an age whose ends differ is
 * a range.
 */
import { lapse } from '../../../events/words.js';
import { openFor } from '../answers.js';
import { kindOf, peopleIn, textOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';
import { cut, fitted, hanging, widthOf, wrap } from '../terminal/layout.js';
import type { Style } from '../terminal/style.js';
import type { PlayState, Shown } from './state.js';

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** Letters beyond ASCII can be shown. */
  readonly unicode: boolean;
}

/** From so many columns on, requests stand beside what is said, else beneath it. */
const WIDE = 100;

const HELP = [
  'space, k   play or pause              , .       one happening back, forward',
  'j, l       10 seconds back, forward   [ ]       chapter back, forward',
  '← →        5 seconds back, forward    < >       slower, faster',
  '0 to 9     to 0 %, 10 %, … 90 %       q         quit',
  '           of the time it takes       ?         this help',
];

export function pictureOf(state: PlayState, frame: Frame): string[] {
  const { columns, rows, style } = frame;
  const foot = footOf(state, frame);
  const head = headOf(state, frame);
  const middle = Math.max(0, rows - head.length - foot.length);
  const wide = columns >= WIDE;
  const side = wide ? Math.min(48, Math.floor(columns / 3)) : columns;
  const asked = requestsOf(state, side, wide ? middle : Math.min(Math.floor(middle / 3), 2 + 2 * state.open.length), style);
  const left = wide ? columns - side - 3 : columns;
  const said = conversation(state, left, wide ? middle : middle - asked.length, style);
  const body = wide ? said.map((line, i) => `${padded(line, left)} ${style.dim(frame.unicode ? '│' : '|')} ${asked[i] ?? ''}`) : [...said, ...asked];
  return [...head, ...body, ...foot].slice(0, Math.max(0, rows)).map((line) => (widthOf(line) > columns ? cut(line, columns) : line));
}

const padded = (line: string, width: number) => line + ' '.repeat(Math.max(0, width - widthOf(line)));

function headOf({ title, eyes, clock, telling }: PlayState, { columns, style }: Frame): string[] {
  const { words } = telling;
  const now = Number.isFinite(clock.at) ? `${words.date(clock.at)}, ${words.clock(clock.at)}` : '';
  const room = Math.max(0, columns - widthOf(now) - 2);
  const name = cut(eyes === undefined ? title : `${title}, as ${eyes} could see it`, room);
  return [`${style.bold(fitted(name, room))}  ${style.bold(now)}`, ''];
}

// ---- what is said -------------------------------------------------------------------------------

function conversation({ shown, telling, silence }: PlayState, width: number, rows: number, style: Style): string[] {
  const lines: string[] =
    silence === undefined ? [] : ['', style.dim(cut(`… nothing happens for ${lapse(silence.to - silence.from, silence.to - silence.from)} …`, width))];
  // From the last one upwards, as far as there is room.
  for (let i = shown.length - 1; i >= 0 && lines.length < rows; i--)
    lines.unshift(...happening(shown[i] as Shown, telling, width, style), ...(lines.length > 0 ? [''] : []));
  const kept = rows <= 0 ? [] : lines.slice(-rows);
  return [...Array.from({ length: Math.max(0, rows - kept.length) }, () => ''), ...kept];
}

function happening({ event, late }: Shown, telling: PlayState['telling'], width: number, style: Style): string[] {
  const about = `${telling.words.when(event)}, ${kindOf(event)}${late ? ', recorded late' : ''}${event.correctedBy === undefined ? '' : ', corrected'}`;
  const who = wrap(peopleIn(event, telling), width).map((line) => style.bold(line));
  return [
    ...who,
    ...wrap(about, width).map((line) => style.dim(line)),
    ...textOf(event)
      .split('\n')
      .flatMap((line) => hanging(line, width, '  ')),
  ];
}

// ---- the open requests --------------------------------------------------------------------------

function requestsOf({ open, totals, clock, telling }: PlayState, width: number, rows: number, style: Style): string[] {
  if (rows <= 0) return [];
  const head =
    totals === undefined
      ? 'Requests'
      : `Unanswered: ${totals.unanswered} of ${totals.requests}${totals.answered === 0 ? '' : `, answered: ${totals.answered}`}${totals.moot === 0 ? '' : `, no longer open: ${totals.moot}`}`;
  const lines = [style.bold(cut(head, width))];
  // The latest first: these are what is being talked about.
  for (const request of open.toReversed()) {
    const { name } = telling;
    const age = clock.status === 'opening' ? '' : `, open for ${openFor(request, clock.at)}`;
    const by = `${name(request.from)} to ${name(request.to)}${age}${request.basis === 'stated' ? '' : ` (${request.basis})`}${request.uncertain === true ? '; uncertain' : ''}`;
    lines.push(...hanging(cleanLine(request.text), width, '- ').map((line) => style.open(line)), ...hanging(by, width, '  ').map((line) => style.dim(line)));
    if (lines.length >= rows) break;
  }
  return lines.slice(0, rows);
}

// ---- the bar, and what stands beneath -----------------------------------------------------------

const STATUS: Readonly<Record<PlayState['clock']['status'], string>> = {
  opening: 'opening',
  playing: 'playing',
  paused: 'paused',
  held: 'waiting',
  ended: 'at the end',
  live: 'live',
};

function footOf(state: PlayState, frame: Frame): string[] {
  const { columns, style } = frame;
  const { clock, connection, notice, help } = state;
  const rate = clock.nominalRate > 0 ? `, ${rateInWords(clock.nominalRate)}` : '';
  const said = connection ?? notice;
  const line = `${STATUS[clock.status]}${rate}${said === undefined ? '' : `. ${said}`}`;
  const hint = help ? '' : '  ? help, q quit';
  return [
    '',
    ...(help ? HELP.map((text) => cut(frame.unicode ? text : text.replace('← →', 'arrows').replaceAll('…', '...'), columns)) : []),
    barOf(state, frame),
    `${fitted(line, Math.max(0, columns - widthOf(hint)))}${style.dim(hint)}`,
  ];
}

/** A rate as people say it: how much of the story goes by in a second. */
export function rateInWords(rate: number): string {
  if (rate < 1) return `${Number(rate.toPrecision(2))} seconds of the story a second`;
  return rate === 1 ? 'as fast as it happened' : `${lapse(rate * 1000, rate * 1000)} a second`;
}

/** The time that the story takes here: where something happens, where nothing does, and where it is now. */
export function barOf({ presentation, clock, from, to }: PlayState, { columns, style, unicode }: Frame): string {
  const [busy, silent, here] = unicode ? ['━', '·', '●'] : ['=', '.', '@'];
  const width = Math.max(0, columns);
  if (width === 0) return '';
  const { durationMs, gaps } = presentation;
  const cells = Array.from({ length: width }, () => busy);
  for (const { wallFrom, wallTo, shortened } of gaps) {
    if (!shortened || durationMs === 0) continue;
    const first = Math.ceil((wallFrom / durationMs) * width - 0.5);
    const last = Math.floor((wallTo / durationMs) * width - 0.5);
    for (let i = first; i <= last && i < width; i++) cells[i] = silent;
  }
  const place = durationMs > 0 ? presentation.wallAt(clock.at) / durationMs : to > from ? (clock.at - from) / (to - from) : 1;
  const at = Math.min(width - 1, Math.max(0, Math.floor((Number.isFinite(place) ? place : 0) * width)));
  return cells.slice(0, at).join('') + style.bold(here) + style.dim(cells.slice(at + 1).join(''));
}
