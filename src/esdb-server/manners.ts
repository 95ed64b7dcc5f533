/**
 * What a real EventStoreDB does to its clients and a server of one machine has no need to: whoever tests a client turns it on.
 * Invariant: nothing of it is on for users; each of it is on by itself, and none of it loses what was acknowledged.
 * Unit: one server.
 */
export interface Manners {
  /** A live subscriber for whom more events wait at once is dropped. */
  readonly mostWaiting?: number;
  /** Of an append at `any` or `stream_exists` it knows only what went through this very server, and of an id only the first stream. */
  readonly forgets?: boolean;
  /** After so many appends of clients, events of the system stand in the log: statistics, and links by category. */
  readonly systemEventsEvery?: number;
  /** Appends and reads are answered after so many milliseconds, in turn more and less. */
  readonly answersAfterMs?: { readonly least: number; readonly most: number };
  /** After a change of leader so many appends are sent on to the new one, which is the old one. */
  readonly refusesAfterChange?: number;
}

export const REAL_MANNERS: Manners = {
  mostWaiting: 64,
  forgets: true,
  systemEventsEvery: 10,
  answersAfterMs: { least: 1, most: 8 },
  refusesAfterChange: 3,
};

/** Waits as long as these manners have every answer wait. */
export function createPause({ answersAfterMs }: Manners): () => Promise<void> | undefined {
  if (answersAfterMs === undefined) return () => undefined;
  const { least, most } = answersAfterMs;
  let answers = 0;
  return () => {
    // Multiples of the golden ratio: spread evenly, and the same in every run.
    const share = (answers++ * 0.618_034) % 1;
    return new Promise((resolve) => setTimeout(resolve, least + share * (most - least)));
  };
}
