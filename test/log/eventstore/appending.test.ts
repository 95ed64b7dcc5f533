/**
 * Appending by itself, where the client and what it reads are given by hand.
 */
import t from 'tap';
import { Appending, type AppendingOptions } from '../../../src/log/eventstore/appending.js';
import type { LogEvent, LogEventData } from '../../../src/log/log.js';

const STREAM = 'story-a';
const event: LogEventData = { id: '6f0e6a52-6d0c-4c3c-9d63-7a5f6a0d9b51', type: 'T', data: { a: 1 }, metadata: { append: 'mine' } };

t.test('what could not be read back is read again: it is no repeat for that', async (t) => {
  let reads = 0;
  let sent = 0;
  const appending = new Appending({
    client: {
      appendToStream: async () => {
        sent++;
        return { success: true, nextExpectedRevision: 0n, position: { commit: 7n, prepare: 7n } };
      },
    } as unknown as AppendingOptions['client'],
    maxAppendBytes: 1_000,
    head: async () => undefined,
    async eventAt(stream, revision) {
      if (reads++ === 0) throw new Error('the connection is gone');
      return { ...event, stream, revision, position: '7', created: 0 } satisfies LogEvent;
    },
    signal: new AbortController().signal,
    now: () => 0,
    random: () => 0,
    delay: async () => {},
  });
  t.match(await appending.append(STREAM, [event], 'no_stream'), { revision: 0, repeated: false });
  t.equal(sent, 2);
});
