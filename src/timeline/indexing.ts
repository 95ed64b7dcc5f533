/**
 * Stage A: takes events of the log, in log order, into the read model's tables, inside the caller's transaction.
 * Invariant: after a commit the step table is exactly what the resolver gives for the story's events so far, and no view
 * counts as kept beyond the first place that a change touches.
 */
import { type Catalogue, catalogue } from '../../events/catalogue.js';
import type { EventCorrected } from '../../events/corrections.js';
import type { StoryDescribed } from '../../events/descriptions.js';
import { type Recorded, SLUG } from '../../events/envelope.js';
import { isHappening, participantsOf, type RecordedEvent, type RecordedHappening, type RecordedNote } from '../../events/event.js';
import { repliedTo, withInferred } from '../../events/inference.js';
import { PUBLIC } from '../../events/lens.js';
import {
  correctedRequestIds,
  inlineRequests,
  notesAbout,
  resolveDescribed,
  resolveHappening,
  resolveMooted,
  targetsOf,
  UNPLACED,
} from '../../events/resolve.js';
import type { EffectiveHappening, Request } from '../../events/steps.js';
import { earlier, formatInstant, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import type { LogEvent } from '../log/log.js';
import type { Keepings } from './keepings.js';
import type { LensTracks } from './lens-tracks.js';
import { keepWitnesses, witnessesOf } from './log-identity.js';
import { type Change, type Identity, LAST, recordedEvent, type Store, type StoryCounts, stepKey } from './store.js';

export const STREAM_PREFIX = 'story-';
const STORY = new RegExp(SLUG);

/** What one batch did to one story. */
export interface StoryCommit {
  readonly changes: readonly Change[];
  /** The first place in story order whose state changed, or undefined where none did. */
  readonly from: OrderKey | undefined;
}

/** Where a happening stood and stands; left out where it was or is not in force. */
interface Moved {
  readonly was?: OrderKey;
  readonly now?: OrderKey;
}

/** The story a stream holds, or undefined where it holds none. */
export function storyOf(stream: string): string | undefined {
  const id = stream.startsWith(STREAM_PREFIX) ? stream.slice(STREAM_PREFIX.length) : '';
  return STORY.test(id) ? id : undefined;
}

export const NEW_STORY: StoryCounts = { revision: -1, position: '', happenings: 0, setAside: 0, copies: 0 };

/** Where a batch is taken in. */
export interface Tables {
  readonly store: Store;
  readonly keepings: Keepings;
  readonly lenses: LensTracks;
}

/** An event of the log, read; undefined where it is of no story. */
type Read = { readonly story: string; readonly parsed: ReturnType<Catalogue['parseStored']> } | undefined;

/** Reads events, outside any transaction. */
function readBatch(events: readonly LogEvent[], types: Catalogue): Read[] {
  return events.map(({ stream, position, revision, created, type, data, metadata }) => {
    const story = storyOf(stream);
    return story === undefined
      ? undefined
      : { story, parsed: types.parseStored({ type, data, metadata }, { story, position, revision, recordedAt: formatInstant(created) }) };
  });
}

/** Prepares to take a batch in; what it answers is called inside a write transaction of the store, and tells what changed, story by story. */
export function indexBatch(tables: Tables, events: readonly LogEvent[], types: Catalogue = catalogue): () => Map<string, StoryCommit> {
  const read = readBatch(events, types);
  const witnesses = witnessesOf(events);
  return () => writeBatch(tables, events, read, witnesses, types);
}

function writeBatch(
  tables: Tables,
  events: readonly LogEvent[],
  read: readonly Read[],
  witnesses: ReturnType<typeof witnessesOf>,
  types: Catalogue,
): Map<string, StoryCommit> {
  const { store } = tables;
  const indexers = new Map<string, StoryIndexer>();
  let clock = (store.meta.get('clock') as number | undefined) ?? 0;
  let foreign = 0;
  for (const [i, logged] of events.entries()) {
    clock = Math.max(clock, logged.created);
    const one = read[i];
    if (one === undefined) {
      foreign++;
      continue;
    }
    const { story, parsed } = one;
    if (clock > logged.created) store.clock.put([story, logged.revision], clock);
    let indexer = indexers.get(story);
    if (indexer === undefined) {
      indexer = new StoryIndexer(tables, story, types);
      indexers.set(story, indexer);
    }
    indexer.take(logged, parsed);
  }
  const commits = new Map<string, StoryCommit>();
  for (const [story, indexer] of indexers) commits.set(story, indexer.finish());
  const last = events.at(-1);
  if (last !== undefined) {
    store.meta.put('position', last.position);
    keepWitnesses(store, witnesses);
    store.meta.put('clock', clock);
    if (foreign > 0) store.meta.put('foreign', ((store.meta.get('foreign') as number | undefined) ?? 0) + foreign);
  }
  return commits;
}

/** Takes the log events of one batch into one story. */
class StoryIndexer {
  private readonly changes: Change[] = [];
  private readonly counts: { -readonly [K in keyof StoryCounts]: StoryCounts[K] };
  private readonly store: Store;
  private readonly met = new Set<string>();
  /** Happenings that something was said about and that are still to be resolved, each with what said it last. */
  private readonly annotated = new Map<string, RecordedNote>();
  /** How many steps were put. */
  private placed = 0;
  /** How many changes the event at hand has made before. */
  private nth = 0;

  constructor(
    private readonly tables: Tables,
    private readonly story: string,
    private readonly types: Catalogue,
  ) {
    this.store = tables.store;
    this.counts = { ...(this.store.stories.get(story) ?? NEW_STORY) };
  }

  take({ position, revision, type }: LogEvent, parsed: ReturnType<Catalogue['parseStored']>): void {
    const { story, store } = this;
    if (revision !== this.counts.revision + 1) this.count({ truncated: true });
    this.count({ revision, position });
    if ('faults' in parsed) {
      const reason = parsed.faults.map((fault) => `${fault.at}: ${fault.message}`).join('; ');
      store.aside.put([story, revision], { position, type, reason });
      this.count({ setAside: this.counts.setAside + 1 });
    } else if (store.ids.get([story, parsed.event.id]) !== undefined) {
      this.count({ copies: this.counts.copies + 1 });
    } else if (isHappening(parsed.event)) this.takeHappening(parsed.event);
    else this.takeNote(parsed.event);
  }

  /** Writes the running numbers; what views had kept beyond the first change no longer counts. */
  finish(): StoryCommit {
    const { store, story, changes, tables } = this;
    for (const [id, by] of this.annotated) this.resolveNow(id, 'annotated', by);
    store.stories.put(story, this.counts);
    const from = changes.reduce<OrderKey | undefined>((first, change) => earlier(first, change.from), undefined);
    if (from !== undefined) tables.keepings.changed(story, from, this.placed);
    tables.lenses.follow(story, changes);
    return { changes, from };
  }

  private count(changed: Partial<StoryCounts>): void {
    Object.assign(this.counts, changed);
  }

  private takeHappening(event: RecordedHappening): void {
    this.restsOn(event, event.data.inReplyTo);
    for (const disclosure of event.disclosures ?? []) this.restsOn(event, disclosure.event);
    const moved = this.place(event, undefined, event);
    for (const request of inlineRequests(event)) this.putInline(request.id, event.id);
    this.change('added', event.id, event, moved);
    this.targetCame(event.id);
  }

  private meet(person: string): void {
    const { store, story } = this;
    if (this.met.has(person)) return;
    this.met.add(person);
    if (store.people.get([story, person]) === undefined) store.people.put([story, person], true);
  }

  private takeNote(note: RecordedNote): void {
    const { store, story } = this;
    store.ids.put([story, note.id], { is: 'note', event: note });
    if (note.type === 'StoryDescribed') this.describe(note);
    for (const target of new Set(targetsOf(note))) store.about.put([story, target, note.id], true);
    this.countMissing(note);
    this.apply(note);
    // A request that was identified, or a note that had been retracted before it came, may be what others wait for.
    this.targetCame(note.id);
  }

  /** Lets a description be in force: the last in the log is. Views are folded anew only where they follow from what is new in it. */
  private describe(note: StoryDescribed & Recorded): void {
    const { store, story } = this;
    this.count({ described: note.id });
    const step = resolveDescribed(note);
    const before = store.steps.get(stepKey(story, step.key));
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(step)) return;
    store.steps.put(stepKey(story, step.key), step);
    this.placed++;
    this.change('annotated', note.id, note, { now: step.key });
  }

  /** Notes that a happening replies to another, or was disclosed by it. */
  private restsOn(event: RecordedHappening, other: unknown): void {
    if (typeof other === 'string' && other !== event.id) this.store.rests.put([this.story, other, event.id], true);
  }

  /** Lets a note work on what it is about, as far as that is in the story. */
  private apply(note: RecordedNote): void {
    if (note.type === 'StoryDescribed') return;
    if (note.type === 'RequestMooted') {
      this.placeMark(note.id, note);
      return;
    }
    const target = note.data.event;
    const identity = this.store.ids.get([this.story, target]);
    if (identity === undefined) return;
    const kind = note.type === 'EventCorrected' ? 'corrected' : note.type === 'EventRetracted' ? 'retracted' : 'annotated';
    if (identity.is === 'note') {
      // Only a retraction works on a note: what the note had worked on is resolved again without it.
      if (note.type !== 'EventRetracted') return;
      if (identity.event.type === 'RequestMooted') this.placeMark(target, note);
      else if (identity.event.type !== 'StoryDescribed')
        this.resolveAgain(identity.event.data.event, identity.event.type === 'EventCorrected' ? 'corrected' : 'annotated', note);
      return;
    }
    this.resolveAgain(identity.is === 'inline' ? identity.host : target, identity.is === 'inline' ? 'annotated' : kind, note);
  }

  private resolveAgain(id: string, kind: Change['kind'], by: RecordedNote): void {
    // What is only said about it is resolved once, however much a batch says.
    if (kind === 'annotated') {
      this.annotated.set(id, by);
      return;
    }
    this.annotated.delete(id);
    this.resolveNow(id, kind, by);
  }

  private resolveNow(id: string, kind: Change['kind'], by: RecordedNote): void {
    const event = recordedEvent(this.store, this.story, id);
    if (event === undefined || !isHappening(event)) return;
    const identity = this.store.ids.get([this.story, id]);
    this.change(kind, id, by, this.place(event, identity, by));
  }

  /** What a correction writes into a happening, whichever of the two came first. */
  private takeCorrection(event: RecordedHappening, correction: EventCorrected): void {
    const { id, data } = correction;
    this.store.refused.remove([this.story, id]);
    for (const request of correctedRequestIds(event, correction)) this.putInline(request, event.id);
    this.restsOn(event, data.set.data?.inReplyTo);
    for (const disclosure of data.set.disclosures ?? []) this.restsOn(event, disclosure.event);
  }

  /** The requests of a happening in force; none where there is no such happening. */
  private requestsOf(id: string): readonly Request[] {
    const identity = this.store.ids.get([this.story, id]);
    if (identity?.is !== 'happening') return [];
    const step = this.store.steps.get([this.story, identity.instant, identity.seq, id]);
    return step?.kind === 'happening' ? step.notes.requests : [];
  }

  /** What replies to a happening answers other requests now. */
  private replyAgain(id: string, before: readonly Request[], after: readonly Request[], by: RecordedEvent): void {
    if (before.length + after.length === 0 || JSON.stringify(before) === JSON.stringify(after)) return;
    const { store, story } = this;
    for (const [, , reply] of [...store.rests.getKeys({ start: [story, id, ''], end: [story, id, LAST] })]) {
      const event = recordedEvent(store, story, reply);
      const identity = store.ids.get([story, reply]);
      if (event === undefined || !isHappening(event) || identity?.is !== 'happening') continue;
      this.change('annotated', reply, by, this.place(event, identity, by));
    }
  }

  /** Puts a happening where the resolver says, and takes away where it was. `by`: the event that moved it. */
  private place(event: RecordedHappening, before: Identity | undefined, by: RecordedEvent): Moved {
    const { store, story } = this;
    const { id, position } = event;
    const was: OrderKey | undefined = before?.is === 'happening' ? [before.instant, before.seq, id] : undefined;
    const requests = was === undefined ? [] : this.requestsOf(id);
    if (before?.is === 'happening') {
      store.steps.remove([story, before.instant, before.seq, id]);
      for (const [instant, mark] of before.marks ?? []) store.steps.remove([story, instant, MARK_SEQ, mark]);
      this.count({ happenings: this.counts.happenings - 1 });
    }
    const notes = notesAbout(event, (target) => this.notes(target));
    const resolution = resolveHappening(event, notes, this.types);
    for (const note of notes) if (note.type === 'EventCorrected') this.takeCorrection(event, note);
    for (const { id: correction, reason } of resolution.refused) store.refused.put([story, correction], reason);
    const happening = resolution.happening === undefined ? undefined : this.withReply(resolution.happening);
    if (happening === undefined) {
      store.ids.put([story, id], { is: 'retracted', position, by: resolution.retractedBy ?? '', event });
    } else {
      store.steps.put(stepKey(story, happening.key), happening);
      for (const mark of resolution.marks) store.steps.put(stepKey(story, mark.key), mark);
      for (const person of participantsOf(happening.event)) this.meet(person);
      for (const { to } of happening.event.disclosures ?? []) if (to !== PUBLIC) this.meet(to);
      this.placed += 1 + resolution.marks.length;
      const marks = resolution.marks.map(({ key }) => [key[0], key[2]] as const);
      store.ids.put([story, id], { is: 'happening', position, instant: happening.key[0], seq: happening.key[1], ...(marks.length === 0 ? {} : { marks }) });
      this.count({ happenings: this.counts.happenings + 1 });
    }
    this.replyAgain(id, requests, happening?.notes.requests ?? [], by);
    return { ...(was === undefined ? {} : { was }), ...(happening === undefined ? {} : { now: happening.key }) };
  }

  private withReply(happening: EffectiveHappening): EffectiveHappening {
    const to = repliedTo(happening.event);
    return to === undefined ? happening : withInferred(happening, this.requestsOf(to));
  }

  /** Puts or takes away the mark of a mooted request. */
  private placeMark(id: string, by: RecordedNote): void {
    const { store, story } = this;
    const identity = store.ids.get([story, id]);
    if (identity?.is !== 'note' || identity.event.type !== 'RequestMooted') return;
    const mark = resolveMooted(identity.event, this.notes(id));
    if (identity.mark !== undefined) store.steps.remove([story, identity.mark, MARK_SEQ, id]);
    if (mark !== undefined) {
      this.placed++;
      store.steps.put(stepKey(story, mark.key), mark);
    }
    store.ids.put([story, id], { is: 'note', event: identity.event, ...(mark === undefined ? {} : { mark: mark.key[0] }) });
    const at = mark?.key[0] ?? identity.mark;
    if (at !== undefined) this.change('annotated', id, by, { now: [at, MARK_SEQ, id] });
  }

  private notes(target: string): RecordedNote[] {
    const { store, story } = this;
    const found: RecordedNote[] = [];
    for (const [, , id] of store.about.getKeys({ start: [story, target, ''], end: [story, target, LAST] })) {
      const identity = store.ids.get([story, id]);
      if (identity?.is === 'note') found.push(identity.event);
    }
    return found;
  }

  private putInline(id: string, host: string): void {
    if (this.store.ids.get([this.story, id]) !== undefined) return;
    this.store.ids.put([this.story, id], { is: 'inline', host });
    this.targetCame(id);
  }

  /** How many targets a note still waits for. */
  private countMissing(note: RecordedNote): void {
    const missing = new Set(targetsOf(note).filter((target) => this.store.ids.get([this.story, target]) === undefined)).size;
    if (missing > 0) this.store.waiting.put([this.story, note.id], missing);
    else this.store.waiting.remove([this.story, note.id]);
  }

  private targetCame(id: string): void {
    for (const note of this.notes(id)) this.countMissing(note);
  }

  private change(kind: Change['kind'], id: string, by: RecordedEvent, moved: Moved): void {
    const from = moved.was === undefined ? moved.now : earlier(moved.now, moved.was);
    const change: Change = { position: this.counts.position, kind, id, by: by.id, ...moved, from: from ?? [UNPLACED, 0, id] };
    const last = this.changes.at(-1);
    this.changes.push(change);
    this.nth = last?.position === change.position ? this.nth + 1 : 0;
    this.store.journal.put([this.story, change.position, this.nth], change);
  }
}
