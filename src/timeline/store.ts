/**
 * The read model on disk: which tables there are, and how a key is written.
 * Invariant: everything in here follows from the log and can be deleted; its layout carries a version, and another
 * version is dropped and built anew. Unit: instants are milliseconds since the epoch.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, type Key, open, type RootDatabase, type Transaction } from 'lmdb';
import type { RecordedEvent, RecordedHappening, RecordedNote } from '../../events/event.js';
import type { Step } from '../../events/steps.js';
import type { OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { committed } from '../lmdb/commit.js';
import { diskFull } from '../lmdb/disk-full.js';
import { faultOfLmdbFile } from '../lmdb/file.js';
import { reserveLockFile } from '../lmdb/lock-file.js';
import type { Position } from '../log/log.js';

/** Grows when a table changes its meaning: an older read model is then built anew from the log. */
const LAYOUT = 3;

/** Where a mark stands; its sequence is that of all marks. */
export type MarkPlace = readonly [instant: number, id: string];

/** What an id of a story stands for. */
export type Identity =
  /** A happening in force: where its step stands, and its marks. */
  | { readonly is: 'happening'; readonly position: Position; readonly instant: number; readonly seq: number; readonly marks?: readonly MarkPlace[] }
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
  /** Events that the story had were no longer in the log when it was read: revisions are missing at its beginning or between. */
  readonly truncated?: true;
  /** The first revision that the log still has, where that is not 0; null where it has none. */
  readonly firstRevision?: number | null;
  /** The log has closed the story for good. */
  readonly tombstoned?: true;
}

export interface SetAside {
  readonly position: Position;
  readonly type: string;
  readonly reason: string;
}

/**
 * A track: a line of steps that views are folded over. A story has one of its own, and one for each lens that somebody
 * looks through: see `trackOf`.
 */
export type Track = string;

export type StepKey = [track: Track, instant: number, seq: number, id: string];
/** A view as a story keeps it: its name and its version. */
export type ViewKey = string;

/** What is kept of a view at a place, whole or as what changed since the one before. */
export interface Keeping {
  /** Place of the last whole keeping before this one; left out where this is one. */
  readonly since?: OrderKey;
  /** The fields, as text. */
  readonly state: string;
  /** Blocks of ledgers that were written with it. */
  readonly blocks?: readonly (readonly [ledger: string, block: number])[];
}

/** Some rows of a ledger that stand side by side, with their keys; null where a row is taken away. */
export interface Block {
  readonly keys: readonly string[];
  readonly rows: readonly unknown[];
}

/** An event that a view could not take: its reducer threw. The view goes on without it. */
export interface Audit {
  readonly event: string;
  readonly reason: string;
}

export interface LensOf {
  readonly story: string;
  readonly lens: string;
}

/** What is known of a view by its name, whatever its version. */
export interface ViewRecord {
  readonly version: number;
  /** True once it had been folded up to the head of the log: from then on an event that it cannot take is set aside. */
  readonly built: boolean;
}

/** A view as an older version had it at the head, until the new one has caught up. */
export interface OldHead {
  readonly version: number;
  readonly at: string | null;
  readonly position: Position;
  readonly state: unknown;
}

export interface Store {
  readonly root: RootDatabase;
  /** `position` → the last position of the log that is in the read model; `foreign` → how many events of no story were passed over. */
  readonly meta: Database<Position | number | object, string>;
  /** [track, instant, seq, id]: the resolved story, in story order. */
  readonly steps: Database<Step, StepKey>;
  /** [story, id] → what it stands for. */
  readonly ids: Database<Identity, [string, string]>;
  /** [story, target id, note id]: which notes are about what. */
  readonly about: Database<true, [string, string, string]>;
  /** [story, note id] → how many of its targets are not in the story yet. */
  readonly waiting: Database<number, [string, string]>;
  /** [story, position, nth] → what changed there. */
  readonly journal: Database<Change, [story: string, position: Position, nth: number]>;
  readonly stories: Database<StoryCounts, string>;
  /** [story, participant id]: everyone who takes part in a happening, or learned of one. */
  readonly people: Database<true, [string, string]>;
  /** [story, revision] → why it is not in the story. */
  readonly aside: Database<SetAside, [string, number]>;
  /** [story, revision] → the latest log time up to it, in ms, where that is later than its own: a clock that went back. */
  readonly clock: Database<number, [string, number]>;
  /** [story, correction id] → why it gives no valid event; it has no effect. */
  readonly refused: Database<string, [string, string]>;
  /** [story, id of a happening, id of one that replies to it, or that it disclosed]: what is looked at again when it changes. */
  readonly rests: Database<true, [string, string, string]>;
  /** [track, view, instant, seq, id] → the state of a view after everything up to that place. */
  readonly states: Database<Keeping, [track: Track, view: ViewKey, instant: number, seq: number, id: string]>;
  /** [track, view, ledger, block, instant, seq, id] → rows of a ledger from that place on, until a later one. */
  readonly rows: Database<Block, [track: Track, view: ViewKey, ledger: string, block: number, instant: number, seq: number, id: string]>;
  /** [track, view, ledger, key] → the number of a row. */
  readonly numbers: Database<number, [track: Track, view: ViewKey, ledger: string, key: string]>;
  /** [track, view] → the place up to which its keepings are right. */
  readonly frontiers: Database<OrderKey, [track: Track, view: ViewKey]>;
  /** [track, view, instant, seq, id] → an event that the view could not take. */
  readonly audits: Database<Audit, [track: Track, view: ViewKey, instant: number, seq: number, id: string]>;
  /** Name of a view → what is known of it. */
  readonly views: Database<ViewRecord, string>;
  /** [track, name of a view] → how it last stood at the head, for the next version. */
  readonly heads: Database<OldHead, [track: Track, name: string]>;
  /** Track of a lens that is laid whole → the story, and the lens. */
  readonly lenses: Database<LensOf, Track>;
  /** [lens track, id] → where what the lens sees of it stands. */
  readonly sights: Database<readonly OrderKey[], [track: Track, id: string]>;
  /** Does something in a write transaction: all of what it writes is kept, or none. Rejects where it could not be written, such as with `disk-full`. */
  write<T>(action: () => T): Promise<T>;
  close(): Promise<void>;
}

/** Sorts after every id. */
export const LAST = '\u{10ffff}';

/** The track of a story, as everybody sees it or through a lens. No story id holds a space. */
export function trackOf(story: string, lens?: string): Track {
  return lens === undefined ? story : `${story} as ${lens}`;
}

export function stepKey(track: Track, key: OrderKey): StepKey {
  return [track, key[0], key[1], key[2]];
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

/** Opens the read model in `folder`, creating it where it is missing. Throws `data-damaged` where it cannot be read, or `disk-full`. */
export function openStore(folder: string): Store {
  const attempt = (): { root: RootDatabase; layout: unknown } => {
    mkdirSync(folder, { recursive: true });
    reserveLockFile(folder);
    // `noSubdir`: a folder with a dot in its name would else be taken for a file. `eventTurnBatching`: its batches have promises that
    // nobody is given, and a commit that fails would end the process by them.
    const root = open({ path: folder, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 32 });
    return { root, layout: root.openDB({ name: 'meta', encoding: 'json' }).get('layout') };
  };
  let opened: { root: RootDatabase; layout: unknown };
  try {
    opened = unlessFull(folder, attempt);
  } catch (cause) {
    if (cause instanceof HindcastError) throw cause;
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
    rests: table('rests'),
    states: table('states'),
    rows: table('rows'),
    numbers: table('numbers'),
    frontiers: table('frontiers'),
    audits: table('audits'),
    views: table('views'),
    heads: table('heads'),
    sights: table('sights'),
    lenses: table('lenses'),
    write: (action: () => unknown) => committed(root.transaction(action), folder),
    close: () => root.close(),
  } as unknown as Store;
  if (opened.layout === undefined) unlessFull(folder, () => store.meta.putSync('layout', LAYOUT));
  return store;
}

function unlessFull<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw diskFull(error, folder) ?? error;
  }
}

export type { Transaction } from 'lmdb';

/** One consistent reading of the read model; without a transaction, the newest. It may end while somebody still reads by it. */
export interface Reading {
  transaction: Transaction | undefined;
}

export const within = (reading: Reading | undefined) => (reading?.transaction === undefined ? {} : { transaction: reading.transaction });

/** The last entry under a prefix whose place is at or before one, or only before it. */
export function lastUpTo<V, K extends Key>(
  table: Database<V, K>,
  prefix: readonly (string | number)[],
  place: OrderKey,
  reading?: Reading,
  which: 'upTo' | 'before' = 'upTo',
): { readonly place: OrderKey; readonly value: V } | undefined {
  const start = [...prefix, ...place] as unknown as K;
  const end = [...prefix, -Infinity, -Infinity, ''] as unknown as K;
  for (const { key, value } of table.getRange({ reverse: true, limit: 1, start, exclusiveStart: which === 'before', end, ...within(reading) })) {
    const [instant, seq, id] = (key as unknown as (string | number)[]).slice(-3);
    return { place: [instant as number, seq as number, id as string], value };
  }
  return undefined;
}

/** The recorded event behind an id, happening or note. */
export function recordedEvent(store: Store, story: string, id: string): RecordedEvent | undefined {
  const identity = store.ids.get([story, id]);
  if (identity === undefined || identity.is === 'inline') return undefined;
  if (identity.is !== 'happening') return identity.event;
  const step = store.steps.get([story, identity.instant, identity.seq, id]);
  return step?.kind === 'happening' ? (step.corrected?.original ?? step.event) : undefined;
}
