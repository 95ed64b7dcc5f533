/**
 * What is recorded of a shared session, in its own stream: that it was opened, each control with what came of it, that it
 * was closed. From the last of them the session is what it is, wherever it is carried on.
 * Invariants: an event says all there is to know of the clock at its moment, so that none before it is needed; what does not
 * parse is nobody's control. Unit: milliseconds; the moment of an event is when the log stored it.
 */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { type ClientMessage, STATUSES } from '../protocol.js';
import type { ControlMessage } from './controls.js';
import type { Settings, Target } from './session-machine.js';

const closed = { additionalProperties: false } as const;
const Instant = Type.Number({ description: 'Story time in ms since the epoch.' });
const Cursor = Type.String({ maxLength: 2_000 });
const Maybe = <S extends Type.TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

const Start = Type.Union([Type.Object({ to: Type.Literal('start') }, closed), Type.Object({ to: Type.Enum(['instant', 'before']), at: Instant }, closed)]);

/** The clock as it was left. */
const Left = Type.Object(
  {
    status: Type.Enum([...STATUSES].filter((status) => status !== 'held')),
    at: Instant,
    /** When it was so, by the clock of the log as far as whoever recorded it knew that. */
    moment: Type.Number(),
    /** Everything up to here had been played. */
    cursor: Cursor,
    pass: Type.Integer({ minimum: 1 }),
    playedMs: Type.Number(),
    rate: Type.Number({ exclusiveMinimum: 0 }),
    idleMs: Maybe(Type.Number({ exclusiveMinimum: 0 })),
    until: Maybe(Instant),
    loop: Maybe(Type.Object({ from: Instant, to: Instant }, closed)),
    follow: Type.Boolean(),
    pauseOnChapter: Type.Boolean(),
    start: Start,
    /** The take: which seek this is played from (a revision of this stream), and from where. */
    take: Type.Object({ revision: Type.Integer({ minimum: 0 }), from: Cursor }, closed),
  },
  closed,
);
export type Left = Static<typeof Left>;

export const OpenedData = Type.Object(
  {
    story: Type.String(),
    /** Whose eyes the clock goes by, and those of whoever does not choose others. */
    as: Maybe(Type.String()),
    /** SHA-256 of the host's token, in hexadecimal digits. */
    host: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    expiresAt: Type.Number({ description: 'By the clock of the log, ms since the epoch.' }),
    left: Left,
  },
  closed,
);
export type OpenedData = Static<typeof OpenedData>;

export const ControlledData = Type.Object(
  {
    left: Left,
    sought: Type.Boolean(),
    clamped: Type.Boolean(),
  },
  closed,
);
export type ControlledData = Static<typeof ControlledData>;

export const OPENED = 'SessionOpened';
export const CLOSED = 'SessionClosed';
/** The story changed around the clock, and nobody asked for anything. */
export const ANCHORED = 'SessionAnchored';

/** The event of each control. */
export const CONTROLS: Readonly<Record<ControlMessage['type'], string>> = {
  play: 'SessionPlayed',
  pause: 'SessionPaused',
  live: 'SessionWentLive',
  seek: 'SessionSought',
  rate: 'SessionRateChanged',
  step: 'SessionStepped',
  until: 'SessionEndChanged',
  loop: 'SessionLoopChanged',
  idleLimit: 'SessionIdleLimitChanged',
};

export function isControl(message: ClientMessage): message is ControlMessage {
  return Object.hasOwn(CONTROLS, message.type);
}

const CONTROL_TYPES: ReadonlySet<string> = new Set([...Object.values(CONTROLS), ANCHORED]);
const opened = Compile(OpenedData);
const controlled = Compile(ControlledData);

export type SessionEvent =
  | { readonly kind: 'opened'; readonly data: OpenedData }
  | { readonly kind: 'controlled'; readonly data: ControlledData }
  | { readonly kind: 'closed' };

/** What a stored event says; undefined where it is none of these. */
export function readSessionEvent(type: string, data: unknown): SessionEvent | undefined {
  if (type === CLOSED) return { kind: 'closed' };
  if (type === OPENED) return opened.Check(data) ? { kind: 'opened', data: data as OpenedData } : undefined;
  if (CONTROL_TYPES.has(type)) return controlled.Check(data) ? { kind: 'controlled', data: data as ControlledData } : undefined;
  return undefined;
}

/** The settings of a clock as it was left. */
export function settingsOf({ rate, idleMs, until, loop, follow, pauseOnChapter, start }: Left): Settings {
  return { rate, idleMs: idleMs ?? Infinity, until, loop, follow, pauseOnChapter, from: start as Target };
}

/** The same the other way. */
export function leftSettings({ rate, idleMs, until, loop, follow, pauseOnChapter, from }: Settings) {
  const start = from.to === 'instant' || from.to === 'before' ? { to: from.to, at: from.at } : { to: 'start' as const };
  return { rate, idleMs: Number.isFinite(idleMs) ? idleMs : null, until, loop, follow, pauseOnChapter, start };
}
