/**
 * The server over HTTP: JSON in, JSON out, with the reader's token where one was given.
 * Invariant: a token travels in a header and is kept for this tab alone; what goes wrong is a Problem with the server's code.
 */
const KEY = 'hindcast-token';

export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Storage may be forbidden (a frame of another site): then a token lasts as long as the page. */
let held: string | undefined;

export function token(): string | undefined {
  if (held !== undefined) return held;
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepToken(value: string): void {
  held = value;
  try {
    sessionStorage.setItem(KEY, value);
  } catch {
    // It is held for now.
  }
}

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly bearer?: string | undefined;
  readonly signal?: AbortSignal;
}

export async function ask<T>(path: string, { method = 'GET', body, bearer = token(), signal }: Asked = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(new URL(path, document.baseURI), {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Problem('unreachable', 'The server cannot be reached.', 0);
  }
  const said = (await answer.json().catch(() => ({}))) as T & { code?: string; title?: string; detail?: string };
  if (answer.ok) return said;
  throw new Problem(said.code ?? 'unknown', [said.title, said.detail].filter(Boolean).join(' ') || `The server answered ${answer.status}.`, answer.status);
}

/** Worth trying again by itself: the server is away, or says "later". */
export const isPassing = (error: unknown) => error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);

/** A query of what is given; what is undefined or null is left out. */
export function query(fields: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) => (value === undefined || value === null || value === '' ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
