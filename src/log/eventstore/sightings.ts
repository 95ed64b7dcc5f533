/**
 * Events that come over a subscription while an append to their stream waits to know what stands there: what is seen need not be
 * read.
 * Invariant: what is kept is kept as long as an append is under way, and no longer. Unit: one log; ms.
 */
import type { LogEvent } from '../log.js';

export interface Sighting {
  /** The event at a revision, as soon as it comes; undefined where it has not come within `ms`. */
  at(revision: number, ms: number): Promise<LogEvent | undefined>;
  end(): void;
}

interface Open {
  readonly seen: Map<number, LogEvent>;
  wanted: { readonly revision: number; resolve(event: LogEvent): void } | undefined;
}

export class Sightings {
  private readonly streams = new Map<string, Set<Open>>();

  /** Tells whoever waits for one of them. */
  note(events: readonly LogEvent[]): void {
    if (this.streams.size === 0) return;
    for (const event of events) {
      for (const open of this.streams.get(event.stream) ?? []) {
        open.seen.set(event.revision, event);
        if (open.wanted?.revision === event.revision) open.wanted.resolve(event);
      }
    }
  }

  /** Looks out for the events of a stream from now on. */
  watch(stream: string): Sighting {
    const open: Open = { seen: new Map(), wanted: undefined };
    const all = this.streams.get(stream) ?? new Set();
    this.streams.set(stream, all.add(open));
    return {
      async at(revision, ms) {
        const seen = open.seen.get(revision);
        if (seen !== undefined) return seen;
        return new Promise((resolve) => {
          const timer = setTimeout(() => resolve(undefined), ms);
          open.wanted = {
            revision,
            resolve(event) {
              clearTimeout(timer);
              resolve(event);
            },
          };
        });
      },
      end: () => {
        all.delete(open);
        if (all.size === 0 && this.streams.get(stream) === all) this.streams.delete(stream);
      },
    };
  }
}
