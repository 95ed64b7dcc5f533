/**
 * Read models to be measured: built from a log in a folder of their own, and how much of the disk each table of one takes.
 * Unit: bytes are those of whole pages.
 */
import type { EventLog } from '../../src/log/log.js';
import { openStore } from '../../src/timeline/store.js';
import { openTimeline, type Timeline } from '../../src/timeline/timeline.js';

/** Opens the read model and waits until it is as far as its log and every view is kept. */
export async function builtTimeline(folder: string, log: EventLog): Promise<Timeline> {
  const timeline = await openTimeline({
    folder,
    log,
    onError: (error) => {
      throw error;
    },
  });
  await timeline.settled();
  if (timeline.setAside('big', 1).length > 0) throw new Error('an event of the story was set aside');
  return timeline;
}

interface Stats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
}

/** The tables of a closed read model that hold anything, largest first. */
export async function tableSizes(folder: string): Promise<{ name: string; entries: number; bytes: number }[]> {
  const store = openStore(folder);
  const sizes = Object.entries(store)
    .filter(([name, table]) => name !== 'root' && typeof table === 'object')
    .map(([name, table]) => {
      const stats = table.getStats() as Stats;
      return { name, entries: stats.entryCount, bytes: stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) };
    });
  await store.close();
  return sizes.filter(({ entries }) => entries > 0).sort((a, b) => b.bytes - a.bytes);
}

export interface ViewSize {
  readonly name: string;
  /** Characters of what is kept of its states; of those, what is in whole ones, and how many there are of either kind. */
  readonly states: number;
  readonly whole: number;
  readonly wholes: number;
  readonly changes: number;
  /** Characters of the rows of its ledgers, as JSON. */
  readonly rows: number;
}

/** What each view has written in a closed read model, largest first. */
export async function viewSizes(folder: string): Promise<ViewSize[]> {
  const store = openStore(folder);
  const sizes = new Map<string, { -readonly [K in keyof ViewSize]: ViewSize[K] }>();
  const of = (name: string) => {
    const size = sizes.get(name) ?? { name, states: 0, whole: 0, wholes: 0, changes: 0, rows: 0 };
    sizes.set(name, size);
    return size;
  };
  for (const { key, value } of store.states.getRange({})) {
    const size = of(key[1]);
    size.states += value.state.length;
    if (value.since === undefined) {
      size.wholes++;
      size.whole += value.state.length;
    } else size.changes++;
  }
  for (const { key, value } of store.rows.getRange({})) of(key[1]).rows += JSON.stringify(value).length;
  await store.close();
  return [...sizes.values()].sort((a, b) => b.states + b.rows - a.states - a.rows);
}
