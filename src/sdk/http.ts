/**
 * One request to a server and its answer, for the client.
 * Invariants: every failure is a `ReplayError` with a code, but for an abort, which rejects with the reason that was given; a
 * token goes into a header, never into an address.
 */
import { ReplayError } from './errors.js';

/** As much of `fetch` as is used here. */
export type Fetch = (address: string, init: FetchInit) => Promise<Response>;
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Transport {
  readonly base: URL;
  readonly fetch: Fetch;
  readonly token: () => Promise<string | undefined>;
}

export interface Asking {
  /** Left out: POST where there is a body, else GET. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** In place of the token of the transport. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the server is, from whatever address of it was given. Throws a TypeError where it is none. */
export function baseOf(url: string | URL): URL {
  const page = (globalThis as unknown as { location?: { href?: string } }).location?.href;
  const base = new URL(url, page);
  if (base.protocol !== 'http:' && base.protocol !== 'https:') throw new TypeError(`${base.protocol}// is not http:// or https://`);
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/** A path whose parts are names that anything may stand in. */
export const pathOf = (...parts: readonly string[]): string => parts.map(encodeURIComponent).join('/');

/** The answer, where it is a good one. Throws a ReplayError with the code that the server gives, or `connection-lost`. */
export async function ask({ base, fetch, token }: Transport, path: string, asking: Asking = {}): Promise<Response> {
  const { query = {}, headers = {}, body, method = body === undefined ? 'GET' : 'POST', signal } = asking;
  const address = new URL(path, base);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, String(value));
  const bearer = asking.token ?? (await token());
  signal?.throwIfAborted();
  const answer = await fetch(address.href, {
    method,
    headers: {
      accept: 'application/json, application/problem+json, */*;q=0.1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => Promise.reject(lost(error, signal)));
  if (answer.ok) return answer;
  throw await problemOf(answer);
}

/** The body of an answer, as JSON. */
export async function json<Body>(answer: Response, signal: AbortSignal | undefined): Promise<Body> {
  const text = await answer.text().catch((error: unknown) => Promise.reject(lost(error, signal)));
  try {
    return JSON.parse(text) as Body;
  } catch (error) {
    throw new ReplayError('bad-answer', undefined, [], { cause: error });
  }
}

/** The body of an answer, piece by piece, as it comes. Leaving the loop ends the request. */
export async function* pieces(answer: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => Promise.reject(lost(error, signal)));
      if (done) return;
      yield value as Uint8Array;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** What a failure of the connection is told as. */
function lost(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  const why = cause?.code ?? cause?.message;
  return new ReplayError('connection-lost', typeof why === 'string' ? `The server cannot be reached (${why}).` : undefined, [], { cause: error });
}

/** The error that a problem reply is; `bad-answer` where it is none. */
async function problemOf(answer: Response): Promise<ReplayError> {
  const { status } = answer;
  const text = await answer.text().catch(() => '');
  try {
    const { code, title, detail, faults } = JSON.parse(text) as { code?: unknown; title?: string; detail?: string; faults?: [] };
    if (typeof code === 'string') return new ReplayError(code, [title, detail].filter((part) => part !== undefined).join(' '), faults ?? [], { status });
  } catch {
    // Told below: whatever answered is no server of ours.
  }
  return new ReplayError('bad-answer', `What answered is not Hindcast: HTTP status ${status}.`, [], { status });
}
