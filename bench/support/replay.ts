/**
 * A replay in a private session, and how late its frames leave. Unit: ms; what is delivered is counted when its frame is
 * handed to the socket, not when it is built.
 */
import type { EventLog } from '../../src/log/log.js';
import { parseOpening } from '../../src/protocol.js';
import { createSessions } from '../../src/sessions/sessions.js';
import type { Timeline } from '../../src/timeline/timeline.js';

export interface Lateness {
  readonly late: number[];
  readonly wallMs: number;
}

/** Plays a story from its beginning to its end, at its own speed. */
export async function replay(timeline: Timeline, log: EventLog, story: string): Promise<Lateness> {
  const late: number[] = [];
  const began = performance.now();
  let built: { late: number; at: number }[] = [];
  let failure: unknown;
  const sessions = createSessions({
    timeline,
    log,
    onDelivered: (ms) => built.push({ late: ms, at: performance.now() }),
    onError: (error) => {
      failure = error;
    },
  });
  await new Promise<void>((resolve, reject) => {
    const watcher = {
      send(frames: readonly string[]) {
        const at = performance.now();
        for (const one of built) late.push(one.late + at - one.at);
        built = [];
        if (frames.some((frame) => frame.includes('"status":"ended"'))) resolve();
      },
      buffered: () => 0,
      // It reads everything at once; but what is due after a pause of the whole process can be more than is sent in one go.
      onDrained: (callback: () => void) => void setImmediate(callback),
      close: (code: number, reason: string) => reject(failure ?? new Error(`the session was closed: ${code} ${reason}`)),
    };
    void sessions.open(story, parseOpening({ rate: '1' }), watcher).catch(reject);
  });
  sessions.close();
  return { late, wallMs: performance.now() - began };
}
