/**
 * Shared sessions as this browser has them: those that it opened are its own to move.
 * Invariant: the host's token is kept by this browser alone; it never stands in an address.
 */
import type { Client, Session, SessionOptions } from '../../src/sdk/index.js';

const KEY = 'hindcast-host:';

export function hostTokenOf(id: string): string | undefined {
  try {
    return localStorage.getItem(KEY + id) ?? undefined;
  } catch {
    return undefined;
  }
}

export const sessionOf = (client: Client, id: string): Promise<Session> => client.session(id, { token: hostTokenOf(id) });

/** Opens one, standing still, and answers its id. */
export async function openSession(client: Client, story: string, options: SessionOptions): Promise<string> {
  const { id, hostToken } = await client.openSession(story, { ...options, paused: true });
  // Where nothing can be kept, nobody could move the clock: that is said rather than done.
  localStorage.setItem(KEY + id, hostToken);
  return id;
}
