/**
 * A watcher that writes down what it is sent, checks each frame against the protocol, and reads as slowly as it is told.
 */
import { Compile } from 'typebox/compile';
import { type FrameOf, type ServerFrame, ServerFrameSchema } from '../../src/protocol.js';
import type { Watcher } from '../../src/sessions/watcher.js';

const check = Compile(ServerFrameSchema);

export interface RecordingWatcher extends Watcher {
  readonly frames: ServerFrame[];
  closed: { code: number; reason: string } | undefined;
  /** Bytes that count as unsent. */
  unsent: number;
  /** Everything is read: whoever waits for it is told. */
  drain(): void;
  of<T extends ServerFrame['type']>(type: T): FrameOf<T>[];
  /** The ids of the events that were sent, in order. */
  readonly ids: string[];
  /** Forgets what was sent. */
  clear(): void;
}

export function recordingWatcher(): RecordingWatcher {
  let waiting: (() => void) | undefined;
  const watcher: RecordingWatcher = {
    frames: [],
    closed: undefined,
    unsent: 0,
    send(frames) {
      for (const text of frames) {
        const frame = JSON.parse(text) as ServerFrame;
        if (!check.Check(frame)) throw new Error(`a frame that is none: ${text} ${JSON.stringify(check.Errors(frame).slice(0, 5))}`);
        watcher.frames.push(frame);
      }
    },
    buffered: () => watcher.unsent,
    onDrained(callback) {
      waiting = callback;
    },
    close(code, reason) {
      watcher.closed = { code, reason };
    },
    drain() {
      watcher.unsent = 0;
      const callback = waiting;
      waiting = undefined;
      callback?.();
    },
    of: <T extends ServerFrame['type']>(type: T) => watcher.frames.filter((frame): frame is FrameOf<T> => frame.type === type),
    get ids() {
      return watcher.of('event').map((frame) => frame.event.id);
    },
    clear() {
      watcher.frames.length = 0;
    },
  };
  return watcher;
}
