/**
 * Appends to a log until it is killed: several writers in several streams, single events and batches. Prints each append
 * once it is acknowledged, as [stream, revision of the last event, ids].
 */
import { randomUUID } from 'node:crypto';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';

const [folder = '', writers = '8', largest = '4'] = process.argv.slice(2);
const log = await openEmbeddedLog({ folder });

await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    for (let i = 0; ; i++) {
      const stream = `story-${writer % 3}`;
      const size = 1 + ((i * 7 + writer) % Number(largest));
      const batch = randomUUID();
      const events = Array.from({ length: size }, (_, at) => ({ id: randomUUID(), type: 'T', data: { batch, at, size }, metadata: { [`kind-${i % 50}`]: i } }));
      const { revision } = await log.append(stream, events, 'any');
      process.stdout.write(`${JSON.stringify([stream, revision, events.map((event) => event.id)])}\n`);
    }
  }),
);
