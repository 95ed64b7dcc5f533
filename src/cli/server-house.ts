/**
 * Hindcast as a running server has it, over HTTP and sockets.
 * Invariant: a token is read from a file or from the environment, goes to that server alone, and is shown nowhere.
 */
import { readFileSync } from 'node:fs';
import { isLoopback } from '../config.js';
import { HindcastError } from '../errors.js';
import { client, replay } from '../sdk/index.js';
import type { House, HouseOptions } from './house.js';

export interface ServerOptions extends HouseOptions {
  readonly url: string;
  /** Left out: HINDCAST_TOKEN of the environment, where that is set. */
  readonly tokenFile: string | undefined;
}

/** The address of a server as it was given. Throws `bad-request`. */
export function serverAddress(given: string): URL {
  const fault = (message: string) => new HindcastError('bad-request', `--url: ${message}`, [{ at: 'url', message }]);
  if (!URL.canParse(given)) throw fault('it is no address such as http://127.0.0.1:8080');
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw fault('it begins with http:// or https://');
  // What stands there is not repeated: it may be a password.
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw fault('no name, password or token stands in an address; use --token-file or HINDCAST_TOKEN');
  return url;
}

/** The token, if there is one. Throws `bad-request` where the file has none. */
export function readToken({ tokenFile, env }: Pick<ServerOptions, 'tokenFile' | 'env'>): string | undefined {
  if (tokenFile === undefined) return env.HINDCAST_TOKEN === undefined || env.HINDCAST_TOKEN === '' ? undefined : env.HINDCAST_TOKEN;
  const fault = (message: string) => new HindcastError('bad-request', `--token-file: ${message}`, [{ at: 'token-file', message }]);
  let text: string;
  try {
    text = readFileSync(tokenFile, 'utf8').trim();
  } catch (error) {
    throw fault(error instanceof Error ? error.message : 'it cannot be read');
  }
  if (!/^[\x21-\x7e]+$/.test(text)) throw fault('it holds one token, and nothing else');
  return text;
}

/** Throws `bad-request` where the address or the token is none. Whether somebody answers there is not asked yet. */
export function openServer(options: ServerOptions): House {
  const url = serverAddress(options.url);
  const token = readToken(options);
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) options.tell('The token goes over http:// and can be read on its way.');
  const known = { ...(token === undefined ? {} : { token }), ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const hindcast = client(url, known);
  return {
    client: hindcast,
    // A host token of a session, given with its replay, is the one that counts there.
    replay: (what, id, more) => replay(new URL(`${what}/${encodeURIComponent(id)}/replay`, hindcast.url), { ...known, ...more }),
    close: async () => {},
  };
}
