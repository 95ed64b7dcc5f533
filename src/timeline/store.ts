/**
 * The read model on disk: which tables there are, and how a key is written.
 * Invariant: everything in here follows from the log and can be deleted; its layout carries a version, and another
 * version is dropped and built anew. Unit: instants are milliseconds since the epoch.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { RecordedEvent, RecordedHappening, RecordedNote } from '../../events/event.js';
import type { Step } from '../../events/resolve.js';
import type { OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { faultOfLmdbFile } from '../lmdb-file.js';
import type { Position } from '../log/log.js';

/** Grows when a table changes its meaning: an older read model is then built anew from the log. */
const LAYOUT = 1;

/** What an id of a story stands for. */
export type Identity =
  /** A happening in force: its step, and the mark of its certainty if it has one. */
  | { readonly is: 'happening'; readonly position: Position; readonly instant: number; readonly seq: number; readonly settled?: number }
  | { readonly is: 'retracted'; readonly position: Position; readonly by: string; readonly event: RecordedHappening }
  | { readonly is: 'note'; readonly event: RecordedNote; readonly mark?: number }
  /** A request that is written inside a message. */
  | { readonly is: 'inline'; readonly host: string };

/** What a log event changed, in log order: how a reader catches up with a past that changes. */
export interface Change {
  readonly position: Position;
  readonly kind: 'added' | 'corrected' | 'retracted' | 'annotated';
  /** The happening that was changed; for a mark (a mooted request) the note's own id. */
  readonly id: string;
  /** The recorded event that did it. */
  readonly by: string;
  /** Where the happening stood before, and where it stands now; left out where it was or is not in force. */
  readonly was?: OrderKey;
  readonly now?: OrderKey;
  /** The first place in story order whose state it touches. */
  readonly from: OrderKey;
}

/** Running numbers of a story, kept with each commit. */
export interface StoryCounts {
  readonly revision: number;
  readonly position: Position;
  readonly happenings: number;
  /** Id of the description in force. */
  readonly described?: string;
  /** Events that do not parse or whose type is not known. */
  readonly setAside: number;
  /** Events whose id was in the story before. */
  readonly copies: number;
}

export interface SetAside {
  readonly position: Position;
  readonly type: string;
  readonly reason: string;
}

export interface Snapshot {
  readonly state: unknown;
}

export type StepKey = [story: string, instant: number, seq: number, id: string];

export interface Store {
  readonly root: RootDatabase;
  /** `position` → the last position of the log that is in the read model. */
  readonly meta: Database<Position | number, string>;
  /** [story, instant, seq, id]: the resolved story, in story order. */
  readonly steps: Database<Step, StepKey>;
  /** [story, id] → what it stands for. */
  readonly ids: Database<Identity, [string, string]>;
  /** [story, target id, note id]: which notes are about what. */
  readonly about: Database<true, [string, string, string]>;
  /** [story, note id] → how many of its targets are not in the story yet. */
  readonly waiting: Database<number, [string, string]>;
  /** [story, position] → what changed there. */
  readonly journal: Database<Change, [string, Position]>;
  readonly stories: Database<StoryCounts, string>;
  /** [story, participant id]: everyone who takes part in a happening. */
  readonly people: Database<true, [string, string]>;
  /** [story, revision] → why it is not in the story. */
  readonly aside: Database<SetAside, [string, number]>;
  /** [story, revision] → the latest log time up to it, in ms, where that is later than its own: a clock that went back. */
  readonly clock: Database<number, [string, number]>;
  /** [story, correction id] → why it gives no valid event; it has no effect. */
  readonly refused: Database<string, [string, string]>;
  /** [story, instant, seq, id, projection@version] → the state of that view after that step. */
  readonly snapshots: Database<Snapshot, [story: string, instant: number, seq: number, id: string, view: string]>;
  close(): Promise<void>;
}

/** Sorts after every id. */
export const LAST = '\u{10ffff}';

export function stepKey(story: string, key: OrderKey): StepKey {
  return [story, key[0], key[1], key[2]];
}

/**
 * Deletes the read model in `folder` where its file is damaged, so that it is built anew; answers what was wrong, or
 * undefined. Comes before `openStore`: opening a damaged file can end the process.
 */
export async function discardDamaged(folder: string): Promise<HindcastError | undefined> {
  let fault: string | undefined;
  try {
    fault = await faultOfLmdbFile(join(folder, 'data.mdb'), { lackingEnd: 'fault' });
  } catch {
    // A file that cannot even be looked at cannot be opened either: that is told there.
    return undefined;
  }
  if (fault === undefined) return undefined;
  await rm(folder, { recursive: true, force: true });
  return new HindcastError('data-damaged', `The read model in ${folder} was not whole: ${fault}. It was deleted and is built anew from the log.`);
}

/** Opens the read model in `folder`, creating it where it is missing. Throws `data-damaged` where it cannot be read. */
export function openStore(folder: string): Store {
  const attempt = (): { root: RootDatabase; layout: unknown } => {
    mkdirSync(folder, { recursive: true });
    // Told explicitly: a folder with a dot in its name would else be taken for a file.
    const root = open({ path: folder, noSubdir: false, overlappingSync: false, maxDbs: 16 });
    return { root, layout: root.openDB({ name: 'meta', encoding: 'json' }).get('layout') };
  };
  let opened: { root: RootDatabase; layout: unknown };
  try {
    opened = attempt();
  } catch (cause) {
    throw new HindcastError('data-damaged', `The read model in ${folder} cannot be opened. Delete that folder: it is built again from the log.`, [], { cause });
  }
  if (opened.layout !== undefined && opened.layout !== LAYOUT) {
    opened.root.close();
    rmSync(folder, { recursive: true, force: true });
    opened = attempt();
  }
  const { root } = opened;
  const shared = Symbol.for('structures');
  const table = <V, K extends readonly unknown[] | string>(name: string) =>
    root.openDB({ name, sharedStructuresKey: shared }) as unknown as Database<V, K & (string | [])>;
  const store = {
    root,
    meta: root.openDB({ name: 'meta', encoding: 'json' }),
    steps: table('steps'),
    ids: table('ids'),
    about: table('about'),
    waiting: table('waiting'),
    journal: table('journal'),
    stories: root.openDB({ name: 'stories', encoding: 'json' }),
    people: table('people'),
    aside: table('aside'),
    clock: table('clock'),
    refused: table('refused'),
    snapshots: table('snapshots'),
    close: () => root.close(),
  } as unknown as Store;
  if (opened.layout === undefined) store.meta.putSync('layout', LAYOUT);
  return store;
}

/** The recorded event behind an id, happening or note. */
export function recordedEvent(store: Store, story: string, id: string): RecordedEvent | undefined {
  const identity = store.ids.get([story, id]);
  if (identity === undefined || identity.is === 'inline') return undefined;
  if (identity.is !== 'happening') return identity.event;
  const step = store.steps.get([story, identity.instant, identity.seq, id]);
  return step?.kind === 'happening' ? (step.corrected?.original ?? step.event) : undefined;
}
