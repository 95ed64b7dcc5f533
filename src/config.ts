/**
 * The configuration: from the environment to a validated, frozen value.
 * Invariant: what this version does not serve is refused by name, never ignored.
 */
import { resolve } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { HindcastError } from './errors.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Host names this server answers for, beside the loopback names. */
  readonly hosts: readonly string[];
  /** Origins whose pages may talk to this server, beside its own. */
  readonly origins: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** Parts of the contract that a later version serves. */
const NOT_YET = ['EVENTSTORE_URL', 'HINDCAST_ESDB_PORT', 'HINDCAST_TOKENS', 'HINDCAST_PUBLIC'];

const Environment = Type.Object({
  PORT: Type.String({ pattern: '^\\d{1,5}$' }),
  HOST: Type.String({ minLength: 1, maxLength: 255 }),
  HINDCAST_DATA: Type.String({ minLength: 1 }),
  HINDCAST_HOSTS: Type.String({ pattern: '^[A-Za-z0-9.:\\[\\],\\s-]*$' }),
  HINDCAST_ORIGINS: Type.String(),
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

/** Reads the environment. Throws `bad-config` that names each variable at fault. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = {
    PORT: env.PORT ?? '8080',
    HOST: env.HOST ?? '127.0.0.1',
    HINDCAST_DATA: env.HINDCAST_DATA ?? './data',
    HINDCAST_HOSTS: env.HINDCAST_HOSTS ?? '',
    HINDCAST_ORIGINS: env.HINDCAST_ORIGINS ?? '',
    LOG_LEVEL: env.LOG_LEVEL ?? 'info',
  };
  const faults = check.Check(given) ? [] : check.Errors(given).map((error) => ({ at: error.instancePath.slice(1), message: error.message }));
  for (const name of NOT_YET) if (env[name] !== undefined && env[name] !== '') faults.push({ at: name, message: 'this version does not serve it yet' });
  if (Number(given.PORT) > 65_535) faults.push({ at: 'PORT', message: 'is at most 65535' });
  if (!isLoopback(given.HOST)) faults.push({ at: 'HOST', message: 'without tokens only loopback is served: 127.0.0.1, localhost or ::1' });
  for (const origin of list(given.HINDCAST_ORIGINS)) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      faults.push({ at: 'HINDCAST_ORIGINS', message: `"${origin}" is no origin such as https://news.example` });
  }
  if (faults.length > 0) throw new HindcastError('bad-config', faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '), faults);
  return Object.freeze({
    port: Number(given.PORT),
    host: given.HOST,
    data: resolve(given.HINDCAST_DATA),
    hosts: list(given.HINDCAST_HOSTS).map((name) => name.toLowerCase()),
    origins: list(given.HINDCAST_ORIGINS),
    logLevel: given.LOG_LEVEL as Config['logLevel'],
  });
}
