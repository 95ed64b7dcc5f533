/**
 * The frames that private and shared sessions send alike, made of what the session machine and the story say.
 * Unit: instants in milliseconds; `wallOf` turns monotonic ones into server wall time.
 */
import type { EffectiveHappening } from '../../events/steps.js';
import { formatInstant, type OrderKey } from '../../events/story-time.js';
import type { Position } from '../log/log.js';
import { type FrameOf, type RequestId, SUBPROTOCOL } from '../protocol.js';
import type { Clock } from '../replay/clock.js';
import type { Effect, SessionState, Settings } from '../replay/session-machine.js';
import { type Cursor, encodeCursor } from '../timeline/cursor.js';
import type { Eyes } from './eyes.js';
import type { News } from './story-reader.js';

type WallOf = (mono: number) => number;

/** A clock that is told because somebody asked, not because it changed. */
export function clockAsIs({ status, held, clock, place, pass, settings }: SessionState, didSeek = false): Extract<Effect, { do: 'clock' }> {
  const told = held && status === 'playing' ? 'held' : status;
  return { do: 'clock', clock, place, status: told, nominalRate: settings.rate, pass, didSeek };
}

export function clockFrame(
  { clock, status, nominalRate, pass, didSeek, clamped }: Omit<Extract<Effect, { do: 'clock' }>, 'do' | 'place'>,
  cursor: string,
  wallOf: WallOf,
  requestId?: RequestId,
): FrameOf<'clock'> {
  return {
    type: 'clock',
    status,
    ...readingOf(clock, wallOf),
    nominalRate,
    cursor,
    pass,
    didSeek,
    ...(clamped === undefined ? {} : { clamped }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** What a clock shows, and when. */
export function readingOf({ at, mono, rate }: Clock, wallOf: WallOf): { at: string; rate: number; wall: number } {
  return { at: formatInstant(at), rate, wall: wallOf(mono) };
}

export function silenceFrame({ from, to, wallMs }: Extract<Effect, { do: 'silence' }>): FrameOf<'silence'> {
  return { type: 'silence', from: formatInstant(from), to: formatInstant(to), storyMs: to - from, wallMs };
}

/** A happening that is due. */
export function eventFrame(happening: EffectiveHappening, eyes: Eyes, cursor: string, dueWall: number): FrameOf<'event'> {
  return { type: 'event', cursor, at: formatInstant(happening.key[0]), dueWall, event: eyes.published(happening, cursor) };
}

/** What is the same of a frame for all who are sent a happening as it is, from the same watermark. */
interface Written {
  readonly watermark: Position;
  readonly take: string | undefined;
  /** Up to where it says when it was due, and from there on. */
  readonly head: string;
  readonly tail: string;
}
const written = new WeakMap<EffectiveHappening, Written>();

/** The text of that frame: what many are sent is written once. */
export function eventText(happening: EffectiveHappening, eyes: Eyes, { watermark, take }: Omit<Cursor, 'key'>, dueWall: number): string {
  const known = eyes.lens === undefined ? written.get(happening) : undefined;
  if (known !== undefined && known.watermark === watermark && known.take === take) return `${known.head}${dueWall}${known.tail}`;
  const cursor = encodeCursor({ key: happening.key, watermark, ...(take === undefined ? {} : { take }) });
  const text = JSON.stringify(eventFrame(happening, eyes, cursor, 0));
  const at = text.indexOf(DUE) + DUE.length;
  const parts = { watermark, take, head: text.slice(0, at), tail: text.slice(at + 1) };
  if (eyes.lens === undefined) written.set(happening, parts);
  return `${parts.head}${dueWall}${parts.tail}`;
}
const DUE = '"dueWall":';

/** What became of a happening behind a place; undefined where those eyes, or their filter, have no use for it. */
export function newsFrame(
  { id, by, kind, happening }: News,
  place: OrderKey,
  eyes: Eyes,
  cursorOf: (place: OrderKey) => string,
  wallNow: () => number,
  backfill: boolean,
): FrameOf<'event'> | FrameOf<'changed'> | undefined {
  // What comes late and is not asked for is not sent; what was sent may since have become something that is not.
  if (kind === 'late' && happening !== undefined && !eyes.matches(happening.event)) return undefined;
  const event = happening === undefined ? null : eyes.published(happening, cursorOf(happening.key));
  if (kind !== 'late' || event === null || happening === undefined) return { type: 'changed', id, by, event };
  return {
    type: 'event',
    cursor: cursorOf(place),
    at: formatInstant(happening.key[0]),
    dueWall: wallNow(),
    event,
    late: true,
    ...(backfill ? { backfill } : {}),
  };
}

export interface Greeting {
  readonly session: string;
  readonly story: string;
  readonly role: 'host' | 'viewer';
  /** First and last placed happening, as whoever is greeted sees the story. */
  readonly span: { readonly from: number; readonly to: number };
  readonly settings: Settings;
  readonly lens: string | undefined;
  readonly raised?: boolean;
  readonly serverNow: number;
}

export function helloFrame({ session, story, role, span, settings, lens, raised, serverNow }: Greeting): FrameOf<'hello'> {
  const { rate, idleMs, until, loop } = settings;
  return {
    type: 'hello',
    protocol: SUBPROTOCOL,
    session,
    role,
    story,
    from: formatInstant(span.from),
    to: formatInstant(span.to),
    nominalRate: rate,
    idleLimit: Number.isFinite(idleMs) ? idleMs / 1000 : null,
    ...(until === null ? {} : { until: formatInstant(until) }),
    ...(loop === null ? {} : { loop: { from: formatInstant(loop.from), to: formatInstant(loop.to) } }),
    ...(lens === undefined ? {} : { as: lens }),
    ...(raised === true ? { idleLimitRaised: true } : {}),
    serverNow,
  };
}
