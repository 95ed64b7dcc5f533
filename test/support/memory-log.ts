/**
 * A log in memory, for tests of what stands above it. It runs the same contract suite as the real ones.
 * Invariant: as the port has it; positions are spread out, so that nobody counts on their being dense.
 */
import {
  type Appended,
  type EventLog,
  type ExpectedRevision,
  type LogEvent,
  type LogEventData,
  type Notice,
  type Position,
  type ReadAllOptions,
  type ReadOptions,
  START,
  type SubscribeOptions,
  WrongExpectedRevision,
} from '../../src/log/log.js';

export interface MemoryLog extends EventLog {
  readonly events: readonly LogEvent[];
  /** What the log's clock says next, in ms. */
  clock: number;
}

export function createMemoryLog(): MemoryLog {
  const events: LogEvent[] = [];
  const heads = new Map<string, number>();
  let closed = false;
  let wake: (() => void)[] = [];
  const notify = () => {
    const waiting = wake;
    wake = [];
    for (const resolve of waiting) resolve();
  };
  const positionOf = (i: number): Position => String((i + 1) * 7).padStart(12, '0');
  const streamOf = (stream: string) => events.filter((event) => event.stream === stream);

  const decide = (stream: string, data: readonly LogEventData[], expected: ExpectedRevision): Appended | undefined => {
    const last = heads.get(stream);
    const refuse = () => new WrongExpectedRevision(stream, expected, last);
    const stored = streamOf(stream);
    const ids = data.map((event) => event.id);
    const repeatAt = (from: number): Appended | undefined => {
      if (stored[from]?.id !== ids[0]) return undefined;
      if (!ids.every((id, i) => stored[from + i]?.id === id)) throw refuse();
      const end = stored[from + ids.length - 1] as LogEvent;
      return { revision: end.revision, position: end.position, repeated: true };
    };
    if (expected === 'any' || expected === 'stream_exists') {
      const first = stored.findIndex((event) => event.id === ids[0]);
      if (first >= 0) return repeatAt(first);
      if (expected === 'stream_exists' && last === undefined) throw refuse();
      return undefined;
    }
    const wanted = expected === 'no_stream' ? -1 : expected;
    const actual = last ?? -1;
    if (wanted === actual) return undefined;
    if (wanted > actual) throw refuse();
    const repeat = repeatAt(wanted + 1);
    if (repeat === undefined) throw refuse();
    return repeat;
  };

  const log: MemoryLog = {
    events,
    clock: 0,
    async append(stream, data, expected) {
      if (closed) throw new Error('closed');
      if (data.length === 0) throw new RangeError('an append holds at least one event');
      const repeat = decide(stream, data, expected);
      if (repeat !== undefined) return repeat;
      for (const event of data) {
        const revision = (heads.get(stream) ?? -1) + 1;
        heads.set(stream, revision);
        // As a real log would, it keeps what was written, not the writer's objects.
        events.push({ ...structuredClone(event), stream, revision, position: positionOf(events.length), created: log.clock });
      }
      notify();
      const last = events.at(-1) as LogEvent;
      return { revision: last.revision, position: last.position, repeated: false };
    },
    async *read(stream, { direction = 'forwards', from, limit = Infinity }: ReadOptions = {}) {
      const found = streamOf(stream).filter((event) => from === undefined || (direction === 'forwards' ? event.revision >= from : event.revision <= from));
      if (direction === 'backwards') found.reverse();
      yield* found.slice(0, limit);
    },
    async *readAll({ direction = 'forwards', from, limit = Infinity, streamPrefixes }: ReadAllOptions = {}) {
      const found = events.filter(
        (event) => (from === undefined || (direction === 'forwards' ? event.position >= from : event.position < from)) && matches(event, streamPrefixes),
      );
      if (direction === 'backwards') found.reverse();
      yield* found.slice(0, limit);
    },
    async *subscribe({ after = START, streamPrefixes, signal }: SubscribeOptions = {}): AsyncGenerator<Notice> {
      let at = after;
      let told = false;
      signal?.addEventListener('abort', notify);
      while (!closed && signal?.aborted !== true) {
        const batch = events.filter((event) => event.position > at);
        if (batch.length > 0) {
          at = batch.at(-1)?.position ?? at;
          told = false;
          const wanted = batch.filter((event) => matches(event, streamPrefixes));
          if (wanted.length > 0) yield { kind: 'events', events: wanted };
          continue;
        }
        if (!told) {
          told = true;
          yield { kind: 'caught-up', position: at };
          continue;
        }
        await new Promise<void>((resolve) => wake.push(resolve));
      }
    },
    async head(stream) {
      const last = streamOf(stream).at(-1);
      return last === undefined ? undefined : { revision: last.revision, position: last.position };
    },
    end: async () => events.at(-1)?.position ?? START,
    async close() {
      closed = true;
      notify();
    },
  };
  return log;
}

function matches(event: LogEvent, prefixes: readonly string[] | undefined): boolean {
  return prefixes === undefined || prefixes.some((prefix) => event.stream.startsWith(prefix));
}
