/** The log after its process was killed without warning, ten times at ten different moments. */
import t from 'tap';
import { openEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import type { LogEvent } from '../../../src/log/log.js';
import { all } from '../event-log.contract.js';
import { childScript } from '../../support/child.js';

/** Acknowledged appends after which a kill comes, and how many writers there are and how large their batches. */
type Round = [acknowledged: number, writers: number, largest: number];

/** Two logs, each killed again and again. */
const LOGS: Round[][] = [
  [
    [1, 1, 1],
    [20, 2, 40],
    [140, 8, 300],
    [400, 64, 1],
    [611, 32, 8],
  ],
  [
    [3, 8, 4],
    [75, 16, 4],
    [233, 64, 3],
    [90, 4, 500],
    [1200, 64, 20],
  ],
];

t.jobs = LOGS.length;
const crashWriter = childScript(new URL('fixtures/crash-writer.js', import.meta.url));

for (const [i, rounds] of LOGS.entries()) {
  t.test(
    `what was acknowledged is there after each of ${rounds.length} kills, whole and without gaps (${i + 1})`,
    { timeout: 110_000, buffered: true },
    async (t) => {
      const folder = t.testdir();
      const acknowledged: [stream: string, revision: number, ids: string[]][] = [];
      for (const [count, writers, largest] of rounds) {
        const child = crashWriter([folder, String(writers), String(largest)]);
        await child.printed(count);
        await child.kill();
        // The last line may have been cut off by the kill.
        for (const line of child.lines) if (line.endsWith(']]')) acknowledged.push(JSON.parse(line));

        const log = await openEmbeddedLog({ folder });
        const streams = new Map<string, LogEvent[]>();
        for (const stream of ['story-0', 'story-1', 'story-2']) streams.set(stream, await all(log.read(stream)));
        const lost = acknowledged.filter(([stream, revision, ids]) => ids.some((id, at) => streams.get(stream)?.[revision - ids.length + 1 + at]?.id !== id));
        t.same(lost, [], `${writers} writers killed after ${child.lines.length} appends: all ${acknowledged.length} acknowledged so far are there`);
        for (const [stream, events] of streams) {
          t.ok(
            events.every((event, revision) => event.revision === revision),
            `${stream} has no gap in its ${events.length} events`,
          );
          t.same(brokenBatches(events), [], 'no append is half stored');
        }
        const everything = (await all(log.readAll())).map((event) => event.id);
        t.equal(new Set(everything).size, [...streams.values()].flat().length, 'the log and its streams hold the same');
        const [stream, revision, ids] = acknowledged.at(-1) as [string, number, string[]];
        const again = ids.map((id) => ({ id, type: 'T', data: null, metadata: null }));
        t.match(await log.append(stream, again, 'any'), { revision, repeated: true }, 'the last one is known by its ids');
        await log.close();
      }
    },
  );
}

/** Batches of which not every event follows the other. */
function brokenBatches(events: readonly LogEvent[]): string[] {
  const broken: string[] = [];
  for (let i = 0; i < events.length; ) {
    const { batch, size } = (events[i] as LogEvent).data as { batch: string; size: number };
    const whole = Array.from({ length: size }, (_, at) => events[i + at]?.data as { batch: string; at: number } | undefined);
    if (!whole.every((data, at) => data?.batch === batch && data.at === at)) broken.push(batch);
    i += size;
  }
  return broken;
}
