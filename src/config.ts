/**
 * The configuration: from the environment to a validated, frozen value.
 * Invariant: what this version does not serve is refused by name, never ignored; no token is kept, nor repeated in a fault.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { SLUG } from '../events/envelope.js';
import { type Fault, HindcastError } from './errors.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const ROLES = ['read', 'write', 'host', 'admin'] as const;

/** A role that a token gives, for one story or (null) for all. */
export interface TokenGrant {
  readonly role: (typeof ROLES)[number];
  readonly story: string | null;
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly digest: string;
}

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** The connection string of EventStoreDB, which may hold a password; null: the log is in the data folder. */
  readonly eventStore: string | null;
  /** Bytes of event data in one append: what EventStoreDB is set up to take, or what the embedded log takes. */
  readonly maxAppendBytes: number;
  /** The embedded log is served over the EventStoreDB protocol on this loopback port; null: it is not. */
  readonly esdbPort: number | null;
  /** Host names this server answers for, beside the loopback names. */
  readonly hosts: readonly string[];
  /** Origins whose pages may talk to this server, beside its own. */
  readonly origins: readonly string[];
  /** Without any, everything is allowed to everyone who reaches this server, which is then on loopback alone. */
  readonly tokens: readonly TokenGrant[];
  /** Stories that anyone may read. */
  readonly publicStories: readonly string[];
  /** The server is ready while what it shows is no older than this, in ms. */
  readonly readyLagMs: number;
  /** The server is ready while the log has answered within this, in ms. */
  readonly readyLogMs: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

const Environment = Type.Object({
  PORT: Type.String({ pattern: '^\\d{1,5}$' }),
  HOST: Type.String({ minLength: 1, maxLength: 255 }),
  HINDCAST_DATA: Type.String({ minLength: 1 }),
  EVENTSTORE_URL: Type.String({ maxLength: 4_096 }),
  EVENTSTORE_MAX_APPEND_SIZE: Type.String(),
  HINDCAST_MAX_APPEND_SIZE: Type.String(),
  HINDCAST_ESDB_PORT: Type.String({ pattern: '^\\d{0,5}$' }),
  HINDCAST_HOSTS: Type.String({ pattern: '^[A-Za-z0-9.:\\[\\],\\s-]*$' }),
  HINDCAST_ORIGINS: Type.String(),
  HINDCAST_TOKENS: Type.String(),
  HINDCAST_PUBLIC: Type.String(),
  HINDCAST_READY_LAG: Type.String(),
  HINDCAST_READY_LOG: Type.String(),
  LOG_LEVEL: Type.Enum([...LOG_LEVELS]),
});
const check = Compile(Environment);

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** Is this the name or the address of the machine's own loopback interface? */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** The entries of a list in which each one counts, so that an empty one is a fault: it may stand where a variable was not filled in. */
const entries = (text: string) => (text.trim() === '' ? [] : text.split(',').map((entry) => entry.trim()));

const STORY = new RegExp(SLUG);
/** Token characters that need no quoting in a header (RFC 6750), and too many to guess. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const TOKEN_LENGTH = { least: 16, most: 256 } as const;

/** Reads `role:token[@story],…`. What it says of an entry repeats nothing of it: any part may be a token in the wrong place. */
function readTokens(text: string, faults: Fault[]): TokenGrant[] {
  return entries(text).flatMap((entry, index) => {
    const fault = (message: string) => {
      faults.push({ at: 'HINDCAST_TOKENS', message: `entry ${index + 1} ${message}` });
      return [];
    };
    const [, role = '', token = '', story] = /^([^:]*):([^@]*)(?:@(.*))?$/.exec(entry) ?? [];
    if (role === '' && token === '') return fault('is not role:token or role:token@story');
    if (!(ROLES as readonly string[]).includes(role)) return fault(`has no role of ${ROLES.join(', ')}`);
    if (token.length < TOKEN_LENGTH.least || token.length > TOKEN_LENGTH.most)
      return fault(`has a token that is not ${TOKEN_LENGTH.least} to ${TOKEN_LENGTH.most} characters long`);
    if (!TOKEN.test(token)) return fault('has a token with characters other than letters, digits and - . _ ~ + / =');
    if (story !== undefined && !STORY.test(story)) return fault('names no story after @: small letters, digits and hyphens, at most 64');
    return [Object.freeze({ role: role as TokenGrant['role'], story: story ?? null, digest: createHash('sha256').update(token).digest('hex') })];
  });
}

function readPublic(text: string, faults: Fault[]): string[] {
  const stories = entries(text);
  for (const [index, story] of stories.entries())
    if (!STORY.test(story)) faults.push({ at: 'HINDCAST_PUBLIC', message: `entry ${index + 1} is no story: small letters, digits and hyphens, at most 64` });
  return stories;
}

const APPEND_BYTES = { least: 65_536, usual: 1_048_576, most: 16_777_216 } as const;

/** The limit of the log in force; the variable of the other log would do nothing, and is a fault. */
function readMaxAppend(given: Readonly<Record<'EVENTSTORE_URL' | 'EVENTSTORE_MAX_APPEND_SIZE' | 'HINDCAST_MAX_APPEND_SIZE', string>>, faults: Fault[]): number {
  const isOutside = given.EVENTSTORE_URL !== '';
  const [name, other] = isOutside
    ? (['EVENTSTORE_MAX_APPEND_SIZE', 'HINDCAST_MAX_APPEND_SIZE'] as const)
    : (['HINDCAST_MAX_APPEND_SIZE', 'EVENTSTORE_MAX_APPEND_SIZE'] as const);
  if (given[other] !== '')
    faults.push({
      at: other,
      message: isOutside
        ? 'is the limit of the embedded log, and with EVENTSTORE_URL there is none'
        : 'is the limit of EventStoreDB: it goes with EVENTSTORE_URL',
    });
  const bytes = given[name] === '' ? APPEND_BYTES.usual : /^\d+$/.test(given[name]) ? Number(given[name]) : Number.NaN;
  if (!(bytes >= APPEND_BYTES.least && bytes <= APPEND_BYTES.most))
    faults.push({ at: name, message: `is a number of bytes from ${APPEND_BYTES.least} to ${APPEND_BYTES.most}` });
  return bytes;
}

/** Seconds within which a server has to be to count as ready; an empty value is none. */
const READY = { HINDCAST_READY_LAG: 10, HINDCAST_READY_LOG: 2 } as const;
const MOST_READY_SECONDS = 3_600;

function readReady(name: keyof typeof READY, given: Readonly<Record<keyof typeof READY, string>>, faults: Fault[]): number {
  const seconds = given[name] === '' ? READY[name] : /^\d{1,4}$/.test(given[name]) ? Number(given[name]) : Number.NaN;
  if (!(seconds >= 1 && seconds <= MOST_READY_SECONDS)) faults.push({ at: name, message: `is a whole number of seconds from 1 to ${MOST_READY_SECONDS}` });
  return seconds * 1_000;
}

/** Reads the environment. Throws `bad-config` that names each variable at fault. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = {
    PORT: env.PORT ?? '8080',
    HOST: env.HOST ?? '127.0.0.1',
    HINDCAST_DATA: env.HINDCAST_DATA ?? './data',
    EVENTSTORE_URL: env.EVENTSTORE_URL ?? '',
    EVENTSTORE_MAX_APPEND_SIZE: env.EVENTSTORE_MAX_APPEND_SIZE ?? '',
    HINDCAST_MAX_APPEND_SIZE: env.HINDCAST_MAX_APPEND_SIZE ?? '',
    HINDCAST_ESDB_PORT: env.HINDCAST_ESDB_PORT ?? '',
    HINDCAST_HOSTS: env.HINDCAST_HOSTS ?? '',
    HINDCAST_ORIGINS: env.HINDCAST_ORIGINS ?? '',
    HINDCAST_TOKENS: env.HINDCAST_TOKENS ?? '',
    HINDCAST_PUBLIC: env.HINDCAST_PUBLIC ?? '',
    HINDCAST_READY_LAG: env.HINDCAST_READY_LAG ?? '',
    HINDCAST_READY_LOG: env.HINDCAST_READY_LOG ?? '',
    LOG_LEVEL: env.LOG_LEVEL ?? 'info',
  };
  const faults = check.Check(given) ? [] : check.Errors(given).map((error) => ({ at: error.instancePath.slice(1), message: error.message }));
  for (const name of ['PORT', 'HINDCAST_ESDB_PORT'] as const) if (Number(given[name]) > 65_535) faults.push({ at: name, message: 'is at most 65535' });
  if (given.EVENTSTORE_URL !== '' && given.HINDCAST_ESDB_PORT !== '')
    faults.push({ at: 'HINDCAST_ESDB_PORT', message: 'serves the embedded log, and with EVENTSTORE_URL there is none' });
  const maxAppendBytes = readMaxAppend(given, faults);
  const tokens = readTokens(given.HINDCAST_TOKENS, faults);
  const publicStories = readPublic(given.HINDCAST_PUBLIC, faults);
  const readyLagMs = readReady('HINDCAST_READY_LAG', given, faults);
  const readyLogMs = readReady('HINDCAST_READY_LOG', given, faults);
  if (entries(given.HINDCAST_TOKENS).length === 0 && !isLoopback(given.HOST))
    faults.push({ at: 'HOST', message: 'without tokens only loopback is served: 127.0.0.1, localhost or ::1' });
  for (const origin of list(given.HINDCAST_ORIGINS)) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      faults.push({ at: 'HINDCAST_ORIGINS', message: `"${origin}" is no origin such as https://news.example` });
  }
  if (faults.length > 0) throw new HindcastError('bad-config', faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '), faults);
  return Object.freeze({
    port: Number(given.PORT),
    host: given.HOST,
    data: resolve(given.HINDCAST_DATA),
    eventStore: given.EVENTSTORE_URL === '' ? null : given.EVENTSTORE_URL,
    maxAppendBytes,
    esdbPort: given.HINDCAST_ESDB_PORT === '' ? null : Number(given.HINDCAST_ESDB_PORT),
    hosts: list(given.HINDCAST_HOSTS).map((name) => name.toLowerCase()),
    origins: list(given.HINDCAST_ORIGINS),
    tokens: Object.freeze(tokens),
    publicStories: Object.freeze(publicStories),
    readyLagMs,
    readyLogMs,
    logLevel: given.LOG_LEVEL as Config['logLevel'],
  });
}
