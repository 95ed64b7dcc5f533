/**
 * Shared sessions over HTTP: opening one, and how many watch.
 * Invariant: the host's token is kept by this browser alone; it never stands in an address.
 */
import { ask } from '../player/api.js';

const KEY = 'hindcast-host:';

export interface Session {
  readonly id: string;
  readonly story: string;
  readonly expiresAt: string;
  readonly watchers: number;
  readonly hosts: number;
}

export function hostTokenOf(id: string): string | undefined {
  try {
    return localStorage.getItem(KEY + id) ?? undefined;
  } catch {
    return undefined;
  }
}

export const sessionOf = (id: string) => ask<Session>(`sessions/${encodeURIComponent(id)}`, { bearer: hostTokenOf(id) });

export interface SessionOpening {
  readonly story: string;
  readonly from?: string;
  readonly rate: number;
  readonly idleLimit?: number;
  readonly as?: string;
}

/** Opens one, standing still, and answers its id. */
export async function openSession(opening: SessionOpening): Promise<string> {
  const { id, hostToken } = await ask<{ id: string; hostToken: string }>('sessions', { method: 'POST', body: { ...opening, paused: true } });
  // Where nothing can be kept, nobody could move the clock: that is said rather than done.
  localStorage.setItem(KEY + id, hostToken);
  return id;
}
