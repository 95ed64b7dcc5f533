/**
 * The socket protocol `hindcast.v1`, both directions: one schema gives type, validator and document.
 * Invariant: what is not understood changes nothing. Unit: times are RFC 3339, rates story seconds per second,
 * `wall`, `dueWall` and `serverNow` milliseconds since the epoch.
 */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
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
  step: message('step', { unit: Type.Enum(['event']), count: Type.Optional(Type.Integer({ minimum: -10_000, maximum: 10_000 })) }),
  until: message('until', { at: Type.Union([Moment, Type.Null()]) }),
  idleLimit: message('idleLimit', { seconds: Type.Union([Type.Number(), Type.Null()]) }),
  subscribe: message('subscribe', { projection: Name }),
  unsubscribe: message('unsubscribe', { projection: Name }),
  ping: message('ping', { t: Type.Optional(Type.Number()) }),
};
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
  if (checked.type === 'idleLimit' && checked.seconds !== null) checkSeconds(checked.seconds, '/seconds');
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
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const OPENING_PARAMETERS = ['from', 'until', 'rate', 'fit', 'idleLimit', 'paused', 'projections', 'after'];

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

/** Reads the query of a replay address. Throws an error of the register that names the parameter. */
export function parseOpening(query: Readonly<Record<string, unknown>>): Opening {
  const text = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw new HindcastError('bad-request', `${name} is given more than once.`, [{ at: name, message: 'given more than once' }]);
    return value;
  };
  for (const name of Object.keys(query)) {
    if (!OPENING_PARAMETERS.includes(name))
      throw new HindcastError('bad-request', `There is no parameter ${name.slice(0, 80)}; there are ${OPENING_PARAMETERS.join(', ')}.`, [
        { at: name, message: 'unknown parameter' },
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
  const paused = text('paused');
  if (paused !== undefined && !['', 'true', 'false', '1', '0'].includes(paused))
    throw new HindcastError('bad-request', 'paused is true or false.', [{ at: 'paused', message: 'neither true nor false' }]);
  const projections = [
    ...new Set(
      (text('projections') ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
  ];
  return {
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    ...(rate === undefined ? {} : { rate }),
    ...(fit === undefined ? {} : { fitMs: fit * 1000 }),
    ...(idle === undefined ? {} : { idleMs: idle * 1000 }),
    ...(after === undefined ? {} : { after }),
    paused: paused !== undefined && paused !== 'false' && paused !== '0',
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
