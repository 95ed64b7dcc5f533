/**
 * The socket protocol `hindcast.v1`, both directions: one schema gives type, validator and document.
 * Invariant: what is not understood changes nothing. Unit: times are RFC 3339, rates story seconds per second,
 * `wall`, `dueWall` and `serverNow` milliseconds since the epoch.
 */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { SLUG } from '../events/envelope.js';
import { HAPPENING_TYPES } from '../events/event.js';
import { PublishedEvent } from '../events/published.js';
import { parseInstant } from '../events/story-time.js';
import { type Fault, HindcastError } from './errors.js';

export const SUBPROTOCOL = 'hindcast.v1';
export const RATES = { least: 0.01, most: 10_000_000, usual: 1 } as const;
/** A client frame of more characters is answered with `frame-too-large`. */
export const LONGEST_FRAME = 65_536;

const closed = { additionalProperties: false } as const;
const requestId = Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Number()]));
const message = <const T extends string, P extends Record<string, Type.TSchema>>(type: T, fields: P) =>
  Type.Object({ type: Type.Literal(type), requestId, ...fields }, closed);
const Moment = Type.String({ maxLength: 64, description: 'RFC 3339 with an offset' });
const Name = Type.String({ minLength: 1, maxLength: 200 });

// ---- client → server ----------------------------------------------------------------------------

const clientMessages = {
  play: message('play', {}),
  pause: message('pause', {}),
  seek: message('seek', { at: Moment }),
  rate: message('rate', { rate: Type.Number() }),
  live: message('live', {}),
  step: message('step', { unit: Type.Enum(['event', 'day', 'chapter']), count: Type.Optional(Type.Integer({ minimum: -10_000, maximum: 10_000 })) }),
  until: message('until', { at: Type.Union([Moment, Type.Null()]) }),
  loop: message('loop', { from: Type.Union([Moment, Type.Null()]), to: Type.Union([Moment, Type.Null()]) }),
  idleLimit: message('idleLimit', { seconds: Type.Union([Type.Number(), Type.Null()]) }),
  filter: message('filter', {
    types: Type.Optional(Type.Union([Type.Array(Type.Enum([...HAPPENING_TYPES]), { maxItems: 100 }), Type.Null()])),
    participants: Type.Optional(Type.Union([Type.Array(Type.String({ pattern: SLUG }), { maxItems: 1_000 }), Type.Null()])),
    text: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])),
    as: Type.Optional(Type.Union([Type.String({ pattern: SLUG }), Type.Null()])),
  }),
  subscribe: message('subscribe', { projection: Name }),
  unsubscribe: message('unsubscribe', { projection: Name }),
  ping: message('ping', { t: Type.Optional(Type.Number()) }),
};
/** The first message where tokens are in force; it is for the socket, and never reaches a session. */
export const AuthMessage = message('auth', { token: Type.String({ minLength: 1, maxLength: 1_024 }) });
export type AuthMessage = Static<typeof AuthMessage>;

export type ClientMessage = { [K in keyof typeof clientMessages]: Static<(typeof clientMessages)[K]> }[keyof typeof clientMessages];
export const ClientMessageSchema = Type.Union(Object.values(clientMessages));
const validators = new Map(Object.entries(clientMessages).map(([type, schema]) => [type, Compile(schema)]));

export type RequestId = string | number;
export type ParsedMessage = { readonly message: ClientMessage } | { readonly error: HindcastError; readonly requestId?: RequestId };

/** A value as it may stand in a sentence: short, and whatever it is. */
function quoted(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : `a type that is no text (${value === null ? 'null' : typeof value})`;
}

/** Reads one frame of a client. */
export function parseClientMessage(text: string): ParsedMessage {
  if (text.length > LONGEST_FRAME)
    return { error: new HindcastError('frame-too-large', `It has ${text.length} characters; ${LONGEST_FRAME} are taken.`, [{ at: '/', message: 'too long' }]) };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: new HindcastError('bad-frame', 'It is not JSON.', [{ at: '/', message: 'not JSON' }]) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { error: new HindcastError('bad-frame', 'It is not a JSON object.', [{ at: '/', message: 'not an object' }]) };
  const { type, requestId: given } = value as { type?: unknown; requestId?: unknown };
  const echo = typeof given === 'string' || typeof given === 'number' ? { requestId: given } : {};
  const validator = typeof type === 'string' ? validators.get(type) : undefined;
  if (validator === undefined) {
    const known = [...validators.keys()].join(', ');
    return {
      error: new HindcastError('bad-frame', `${quoted(type)} is no message; there are ${known}.`, [{ at: '/type', message: 'unknown message' }]),
      ...echo,
    };
  }
  if (!validator.Check(value)) {
    const faults = validator
      .Errors(value)
      .filter((error) => error.keyword !== 'boolean')
      .map((error): Fault => ({ at: error.instancePath === '' ? '/' : error.instancePath, message: error.message }));
    return { error: new HindcastError('bad-frame', faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '), faults), ...echo };
  }
  const checked = value as ClientMessage;
  try {
    checkMessage(checked);
  } catch (error) {
    if (error instanceof HindcastError) return { error, ...echo };
    throw error;
  }
  return { message: checked };
}

function checkMessage(checked: ClientMessage): void {
  if (checked.type === 'rate') checkRate(checked.rate, '/rate');
  if (checked.type === 'seek' || (checked.type === 'until' && checked.at !== null)) instantFrom(checked.at as string, '/at');
  if (checked.type === 'loop') loopFrom(checked.from, checked.to, '/from', '/to');
  if (checked.type === 'idleLimit' && checked.seconds !== null) checkSeconds(checked.seconds, '/seconds');
}

/** A loop from one moment to another, the second exclusive; null where both are. Throws where they make none. */
export function loopFrom(from: string | null, to: string | null, atFrom = 'from', atTo = 'to'): { readonly from: number; readonly to: number } | null {
  if (from === null && to === null) return null;
  if (from === null || to === null)
    throw new HindcastError('bad-request', 'A loop has both ends, or none.', [{ at: from === null ? atFrom : atTo, message: 'missing' }]);
  const loop = { from: instantFrom(from, atFrom), to: instantFrom(to, atTo) };
  if (loop.to <= loop.from) throw new HindcastError('bad-request', 'A loop ends after it begins.', [{ at: atTo, message: 'not after from' }]);
  return loop;
}

// ---- opening ------------------------------------------------------------------------------------

/** What a watcher asks for in the query of the socket's address. Instants in ms, durations in ms. */
export interface Opening {
  readonly from?: number;
  readonly until?: number;
  readonly rate?: number;
  readonly fitMs?: number;
  /** Longest gap in presentation time. */
  readonly idleMs?: number;
  readonly paused: boolean;
  readonly projections: readonly string[];
  readonly after?: string;
  /** From one moment to another, the second exclusive. */
  readonly loop?: { readonly from: number; readonly to: number };
  /** At the end, go on with what is appended. */
  readonly follow: boolean;
  /** Stand still at each chapter. */
  readonly pauseOn?: 'chapter';
  readonly filter: Filter;
  /** Whose eyes: a participant's id, or `public`; null: everybody's, whatever else would be. */
  readonly as?: string | null;
}

/** Which happenings are sent; views fold all of them. Null: whatever it is. */
export interface Filter {
  readonly types: readonly string[] | null;
  readonly participants: readonly string[] | null;
  /** Words to be found in the text, whatever their case. */
  readonly text: string | null;
}

export const NO_FILTER: Filter = { types: null, participants: null, text: null };

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** What says how a clock runs; of a shared one it is said once, where it is opened. */
export const CLOCK_PARAMETERS = ['from', 'until', 'rate', 'fit', 'idleLimit', 'paused', 'loop', 'follow', 'pauseOn'] as const;
/** What says how one watcher sees it. */
export const LOOKING_PARAMETERS = ['projections', 'after', 'types', 'participants', 'text', 'as'] as const;
const OPENING_PARAMETERS: readonly string[] = [...CLOCK_PARAMETERS, ...LOOKING_PARAMETERS];

function checkRate(rate: number, at: string): number {
  if (!Number.isFinite(rate) || rate < RATES.least || rate > RATES.most)
    throw new HindcastError('bad-rate', `${rate} is outside.`, [{ at, message: 'outside 0.01 to 10,000,000' }]);
  return rate;
}

function checkSeconds(seconds: number, at: string): number {
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > 1e9)
    throw new HindcastError('bad-request', `${at} is a number of seconds greater than 0.`, [{ at, message: 'not a positive number of seconds' }]);
  return seconds;
}

function instantFrom(text: string, at: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new HindcastError('bad-time', `"${text.slice(0, 80)}" is none.`, [{ at, message: 'not RFC 3339 with an offset' }]);
  return ms;
}

/** Reads the query of a replay address, of which `taken` may be given. Throws an error of the register that names the parameter. */
export function parseOpening(query: Readonly<Record<string, unknown>>, taken = OPENING_PARAMETERS): Opening {
  const text = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw new HindcastError('bad-request', `${name} is given more than once.`, [{ at: name, message: 'given more than once' }]);
    return value;
  };
  for (const name of Object.keys(query)) {
    if (taken.includes(name)) continue;
    const isKnown = OPENING_PARAMETERS.includes(name);
    throw new HindcastError('bad-request', `There is no parameter ${name.slice(0, 80)} here; there are ${taken.join(', ')}.`, [
      { at: name, message: isKnown ? 'not for this address' : 'unknown parameter' },
    ]);
  }
  const number = (name: string): number | undefined => {
    const value = text(name);
    return value === undefined ? undefined : DECIMAL.test(value) ? Number(value) : Number.NaN;
  };
  const optional = <V, R>(value: V | undefined, read: (value: V) => R): R | undefined => (value === undefined ? undefined : read(value));

  const rate = optional(number('rate'), (value) => checkRate(value, 'rate'));
  const fit = optional(number('fit'), (value) => checkSeconds(value, 'fit'));
  if (rate !== undefined && fit !== undefined) throw new HindcastError('fit-with-rate', undefined, [{ at: 'fit', message: 'given with rate' }]);
  const idle = optional(number('idleLimit'), (value) => checkSeconds(value, 'idleLimit'));
  // A plus sign that was not escaped arrives as a space: an offset is the only place where one can stand.
  const time = (name: string) => optional(text(name), (value) => instantFrom(value.replace(' ', '+'), name));
  const from = time('from');
  const until = time('until');
  const after = text('after');
  if (from !== undefined && until !== undefined && until < from)
    throw new HindcastError('bad-request', 'until lies before from.', [{ at: 'until', message: 'lies before from' }]);
  const flag = (name: string): boolean => {
    const value = text(name);
    if (value !== undefined && !['', 'true', 'false', '1', '0'].includes(value))
      throw new HindcastError('bad-request', `${name} is true or false.`, [{ at: name, message: 'neither true nor false' }]);
    return value !== undefined && value !== 'false' && value !== '0';
  };
  const list = (name: string): string[] | undefined =>
    optional(text(name), (value) => [
      ...new Set(
        value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      ),
    ]);
  const paused = flag('paused');
  const follow = flag('follow');
  const projections = list('projections') ?? [];
  const loop = optional(text('loop'), (value) => {
    const [first = null, second = null] = value.replaceAll(' ', '+').split(',');
    return loopFrom(first, second, 'loop', 'loop') ?? undefined;
  });
  if (loop !== undefined && follow) throw new HindcastError('bad-request', 'A loop has no end to go on from.', [{ at: 'follow', message: 'given with loop' }]);
  const pauseOn = text('pauseOn');
  if (pauseOn !== undefined && pauseOn !== 'chapter')
    throw new HindcastError('bad-request', 'pauseOn is chapter.', [{ at: 'pauseOn', message: 'not chapter' }]);
  const types = list('types') ?? null;
  for (const type of types ?? [])
    if (!(HAPPENING_TYPES as readonly string[]).includes(type))
      throw new HindcastError('bad-request', `"${type.slice(0, 80)}" is no type of happening; there are ${HAPPENING_TYPES.join(', ')}.`, [
        { at: 'types', message: 'unknown type' },
      ]);
  const as = text('as');
  const filter: Filter = { types, participants: list('participants') ?? null, text: text('text') ?? null };
  return {
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    ...(rate === undefined ? {} : { rate }),
    ...(fit === undefined ? {} : { fitMs: fit * 1000 }),
    ...(idle === undefined ? {} : { idleMs: idle * 1000 }),
    ...(after === undefined ? {} : { after }),
    ...(loop === undefined ? {} : { loop }),
    ...(pauseOn === undefined ? {} : { pauseOn }),
    ...(as === undefined ? {} : { as: as === '' ? null : as }),
    paused,
    follow,
    filter,
    projections,
  };
}

// ---- server → client ----------------------------------------------------------------------------

export const STATUSES = ['playing', 'paused', 'held', 'ended', 'live'] as const;
export type Status = (typeof STATUSES)[number];

const frame = <const T extends string, P extends Record<string, Type.TSchema>>(type: T, fields: P) =>
  Type.Object({ type: Type.Literal(type), ...fields }, closed);
const PatchOperation = Type.Object({ op: Type.Enum(['add', 'remove', 'replace']), path: Type.String(), value: Type.Optional(Type.Unknown()) }, closed);

export const serverFrames = {
  hello: frame('hello', {
    protocol: Type.Literal(SUBPROTOCOL),
    session: Type.String(),
    role: Type.Enum(['host', 'viewer']),
    story: Type.String(),
    from: Moment,
    to: Moment,
    nominalRate: Type.Number(),
    idleLimit: Type.Union([Type.Number({ description: 'Longest gap, in presentation seconds.' }), Type.Null()]),
    until: Type.Optional(Moment),
    loop: Type.Optional(Type.Object({ from: Moment, to: Moment }, closed)),
    as: Type.Optional(Type.String({ description: 'Whose eyes.' })),
    idleLimitRaised: Type.Optional(Type.Boolean({ description: 'True where fit could not be reached with the limit asked for.' })),
    serverNow: Type.Number(),
  }),
  clock: frame('clock', {
    status: Type.Enum([...STATUSES]),
    at: Moment,
    rate: Type.Number({ description: 'Effective: what to extrapolate by. 0 while the clock stands.' }),
    nominalRate: Type.Number(),
    wall: Type.Number(),
    cursor: Type.String(),
    pass: Type.Integer(),
    didSeek: Type.Boolean(),
    clamped: Type.Optional(Type.Boolean()),
    requestId,
  }),
  event: frame('event', {
    cursor: Type.String(),
    at: Moment,
    dueWall: Type.Number(),
    event: PublishedEvent,
    late: Type.Optional(Type.Boolean()),
    backfill: Type.Optional(Type.Boolean()),
  }),
  changed: frame('changed', { id: Type.String(), by: Type.String(), event: Type.Union([PublishedEvent, Type.Null()]) }),
  projection: frame('projection', {
    name: Type.String(),
    version: Type.Integer(),
    generation: Type.Integer(),
    seq: Type.Integer(),
    at: Moment,
    cursor: Type.String(),
    stale: Type.Optional(Type.Boolean()),
    state: Type.Optional(Type.Unknown()),
    patch: Type.Optional(Type.Array(PatchOperation)),
    requestId,
  }),
  silence: frame('silence', { from: Moment, to: Moment, storyMs: Type.Number(), wallMs: Type.Number() }),
  lagging: frame('lagging', { skipped: Type.Integer(), from: Type.String(), to: Type.String() }),
  waiting: frame('waiting', { code: Type.String(), message: Type.String(), requestId }),
  pong: frame('pong', { t: Type.Optional(Type.Number()), serverNow: Type.Number(), requestId }),
  error: frame('error', {
    code: Type.String(),
    message: Type.String(),
    faults: Type.Optional(Type.Array(Type.Object({ at: Type.String(), message: Type.String() }))),
    requestId,
  }),
};
export const ServerFrameSchema = Type.Union(Object.values(serverFrames));
export type ServerFrame = { [K in keyof typeof serverFrames]: Static<(typeof serverFrames)[K]> }[keyof typeof serverFrames];
export type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;
export type PatchOperation = Static<typeof PatchOperation>;
