/**
 * The reader's token, where one was given.
 * Invariant: it is kept for this tab alone, and stands in no address.
 */
const KEY = 'hindcast-token';

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
