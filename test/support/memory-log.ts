/**
 * A log in memory, for tests of what stands above it. It runs the same contract suite as the real ones.
 * Invariant: as the port has it; positions are spread out, so that nobody counts on their being dense.
 */
import { HindcastError } from '../../src/errors.js';
import { checkedAppend } from '../../src/log/append-input.js';
import { decideAppend, type StreamFacts } from '../../src/log/embedded/append-rules.js';
import {
  DEFAULT_MAX_APPEND_BYTES,
  type LogEvent,
  type Notice,
  type Position,
  type ReadAllOptions,
  type ReadOptions,
  START,
  type SubscribeOptions,
  type WholeLog,
  WrongExpectedRevision,
} from '../../src/log/log.js';

export interface MemoryLog extends WholeLog {
  readonly events: readonly LogEvent[];
  /** What the log's clock says, in ms; undefined: the time it is. */
  clock: number | (() => number) | undefined;
  /** Takes events of a stream away, as a log does that is told to keep no more of it. */
  drop(stream: string, revisions: readonly number[]): void;
}

export function createMemoryLog(): MemoryLog {
  const events: LogEvent[] = [];
  /** How many events were ever taken. */
  let taken = 0;
  let closed = false;
  let wake: (() => void)[] = [];
  const notify = () => {
    const waiting = wake;
    wake = [];
    for (const resolve of waiting) resolve();
  };
  const positionOf = (i: number): Position => String((i + 1) * 7).padStart(12, '0');
  const streamOf = (stream: string) => events.filter((event) => event.stream === stream);

  const refuseWhenClosed = () => {
    if (closed) throw new HindcastError('log-unavailable', 'It is closed.');
  };
  const at = (stored: readonly LogEvent[], revision: number) => stored.find((event) => event.revision === revision);
  const factsOf = (stored: readonly LogEvent[]): StreamFacts => ({
    last: stored.at(-1)?.revision,
    idAt: (revision) => at(stored, revision)?.id,
    revisionOf: (id) => stored.findLast((event) => event.id === id)?.revision,
  });

  const log: MemoryLog = {
    events,
    maxAppendBytes: DEFAULT_MAX_APPEND_BYTES,
    clock: undefined,
    drop(stream, revisions) {
      for (const revision of revisions) {
        const i = events.findIndex((event) => event.stream === stream && event.revision === revision);
        if (i >= 0) events.splice(i, 1);
      }
    },
    async append(stream, given, expected) {
      refuseWhenClosed();
      const data = checkedAppend(stream, given, expected, log.maxAppendBytes);
      const stored = streamOf(stream);
      const decision = decideAppend(
        data.map((event) => event.id),
        expected,
        factsOf(stored),
      );
      if (decision.do === 'refuse') throw new WrongExpectedRevision(stream, expected, stored.at(-1)?.revision);
      if (decision.do === 'repeat') return { revision: decision.revision, position: (at(stored, decision.revision) as LogEvent).position, repeated: true };
      for (const [i, event] of data.entries()) {
        // As a real log would, it keeps what was written, not the writer's objects.
        events.push({
          ...structuredClone(event),
          stream,
          revision: decision.revision + i,
          position: positionOf(taken++),
          created: (typeof log.clock === 'function' ? log.clock() : log.clock) ?? Date.now(),
        });
      }
      notify();
      const last = events.at(-1) as LogEvent;
      return { revision: last.revision, position: last.position, repeated: false };
    },
    async *read(stream, { direction = 'forwards', from, limit = Infinity }: ReadOptions = {}) {
      refuseWhenClosed();
      const found = streamOf(stream).filter((event) => from === undefined || (direction === 'forwards' ? event.revision >= from : event.revision <= from));
      if (direction === 'backwards') found.reverse();
      yield* found.slice(0, limit);
    },
    async *readAll({ direction = 'forwards', from, limit = Infinity, streamPrefixes }: ReadAllOptions = {}) {
      refuseWhenClosed();
      const found = events.filter(
        (event) => (from === undefined || (direction === 'forwards' ? event.position >= from : event.position < from)) && matches(event, streamPrefixes),
      );
      if (direction === 'backwards') found.reverse();
      yield* found.slice(0, limit);
    },
    async *subscribe({ after = START, streamPrefixes, signal }: SubscribeOptions = {}): AsyncGenerator<Notice> {
      refuseWhenClosed();
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
      refuseWhenClosed();
      const last = streamOf(stream).at(-1);
      return last === undefined ? undefined : { revision: last.revision, position: last.position };
    },
    async end() {
      refuseWhenClosed();
      return events.at(-1)?.position ?? START;
    },
    async last({ after, streamPrefixes }) {
      refuseWhenClosed();
      return events.findLast((event) => event.position > after && matches(event, streamPrefixes))?.position ?? after;
    },
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
