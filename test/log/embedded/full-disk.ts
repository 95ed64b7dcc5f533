/** Appends until the log refuses, then some more. Prints the ids that were acknowledged and how many appends were refused. */
import { randomUUID } from 'node:crypto';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';

const log = await openEmbeddedLog({ folder: process.argv[2] ?? '' });
const acknowledged: string[] = [];
let refused = 0;

await Promise.all(
  Array.from({ length: 8 }, async () => {
    while (refused < 100 && acknowledged.length < 20_000) {
      const id = randomUUID();
      try {
        await log.append('s', [{ id, type: 'T', data: { text: 'x'.repeat(1000) }, metadata: { [`kind-${acknowledged.length % 60}`]: null } }], 'any');
        acknowledged.push(id);
      } catch {
        refused++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }),
);
await log.close();
process.stdout.write(`${JSON.stringify({ acknowledged, refused })}\n`);
