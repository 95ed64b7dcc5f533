/**
 * Stage A: takes events of the log, in log order, into the read model's tables, inside the caller's transaction.
 * Invariant: after a commit the step table is exactly what the resolver gives for the story's events so far, and no
 * snapshot is kept of a state that a change has touched.
 */
import { type Catalogue, catalogue } from '../../events/catalogue.js';
import { SLUG } from '../../events/envelope.js';
import { isHappening, participantsOf, type RecordedEvent, type RecordedHappening, type RecordedNote } from '../../events/event.js';
import { correctedRequestIds, inlineRequests, notesAbout, resolveHappening, resolveMooted, targetsOf, UNPLACED } from '../../events/resolve.js';
import { compareKeys, formatInstant, MARK_SEQ, type OrderKey } from '../../events/story-time.js';
import type { LogEvent } from '../log/log.js';
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

const NEW_STORY: StoryCounts = { revision: -1, position: '', happenings: 0, setAside: 0, copies: 0 };

/** Takes a batch in. Call it inside a write transaction of the store; answers what changed, story by story. */
export function indexBatch(store: Store, events: readonly LogEvent[], types: Catalogue = catalogue): Map<string, StoryCommit> {
  const indexers = new Map<string, StoryIndexer>();
  let clock = (store.meta.get('clock') as number | undefined) ?? 0;
  for (const logged of events) {
    const story = storyOf(logged.stream);
    clock = Math.max(clock, logged.created);
    if (story === undefined) continue;
    if (clock > logged.created) store.clock.put([story, logged.revision], clock);
    let indexer = indexers.get(story);
    if (indexer === undefined) {
      indexer = new StoryIndexer(store, story, types);
      indexers.set(story, indexer);
    }
    indexer.take(logged);
  }
  const commits = new Map<string, StoryCommit>();
  for (const [story, indexer] of indexers) commits.set(story, indexer.finish());
  const last = events.at(-1);
  if (last !== undefined) {
    store.meta.put('position', last.position);
    store.meta.put('clock', clock);
  }
  return commits;
}

/** Takes the log events of one batch into one story. */
class StoryIndexer {
  private readonly changes: Change[] = [];
  private counts: StoryCounts;

  constructor(
    private readonly store: Store,
    private readonly story: string,
    private readonly types: Catalogue,
  ) {
    this.counts = store.stories.get(story) ?? NEW_STORY;
  }

  take(logged: LogEvent): void {
    const { story, store } = this;
    const { position, revision, type } = logged;
    this.count({ revision, position });
    const recorded = { story, position, revision, recordedAt: formatInstant(logged.created) };
    const parsed = this.types.parseStored({ type, data: logged.data, metadata: logged.metadata }, recorded);
    if ('faults' in parsed) {
      const reason = parsed.faults.map((fault) => `${fault.at}: ${fault.message}`).join('; ');
      store.aside.put([story, revision], { position, type, reason });
      this.count({ setAside: this.counts.setAside + 1 });
    } else if (store.ids.get([story, parsed.event.id]) !== undefined) {
      this.count({ copies: this.counts.copies + 1 });
    } else if (isHappening(parsed.event)) this.takeHappening(parsed.event);
    else this.takeNote(parsed.event);
  }

  /** Writes the running numbers, and drops the snapshots of every state that changed. */
  finish(): StoryCommit {
    const { store, story, changes } = this;
    store.stories.put(story, this.counts);
    const from = changes
      .map((change) => change.from)
      .reduce<OrderKey | undefined>((first, key) => (first === undefined || compareKeys(key, first) < 0 ? key : first), undefined);
    if (from !== undefined)
      for (const key of store.snapshots.getKeys({ start: [story, ...from, ''], end: [story, Infinity, Infinity, LAST, LAST] })) store.snapshots.remove(key);
    return { changes, from };
  }

  private count(changed: Partial<StoryCounts>): void {
    this.counts = { ...this.counts, ...changed };
  }

  private takeHappening(event: RecordedHappening): void {
    const moved = this.place(event, undefined);
    for (const person of participantsOf(event))
      if (this.store.people.get([this.story, person]) === undefined) this.store.people.put([this.story, person], true);
    for (const request of inlineRequests(event)) this.putInline(request.id, event.id);
    this.change('added', event.id, event, moved);
    this.targetCame(event.id);
  }

  private takeNote(note: RecordedNote): void {
    const { store, story } = this;
    store.ids.put([story, note.id], { is: 'note', event: note });
    if (note.type === 'StoryDescribed') this.count({ described: note.id });
    for (const target of new Set(targetsOf(note))) store.about.put([story, target, note.id], true);
    this.countMissing(note);
    this.apply(note);
    // A request that was identified, or a note that had been retracted before it came, may be what others wait for.
    this.targetCame(note.id);
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
    const event = recordedEvent(this.store, this.story, id);
    if (event === undefined || !isHappening(event)) return;
    if (by.type === 'EventCorrected') for (const request of correctedRequestIds(event, by)) this.putInline(request, event.id);
    const identity = this.store.ids.get([this.story, id]);
    this.change(kind, id, by, this.place(event, identity));
  }

  /** Puts a happening where the resolver says, and takes away where it was. */
  private place(event: RecordedHappening, before: Identity | undefined): Moved {
    const { store, story } = this;
    const was: OrderKey | undefined = before?.is === 'happening' ? [before.instant, before.seq, event.id] : undefined;
    if (before?.is === 'happening') {
      store.steps.remove([story, before.instant, before.seq, event.id]);
      if (before.settled !== undefined) store.steps.remove([story, before.settled, MARK_SEQ, event.id]);
      this.count({ happenings: this.counts.happenings - 1 });
    }
    const notes = notesAbout(event, (id) => this.notes(id));
    const { happening, settled, retractedBy, refused } = resolveHappening(event, notes, this.types);
    for (const note of notes) if (note.type === 'EventCorrected') store.refused.remove([story, note.id]);
    for (const { id, reason } of refused) store.refused.put([story, id], reason);
    if (happening === undefined) {
      store.ids.put([story, event.id], { is: 'retracted', position: event.position, by: retractedBy ?? '', event });
    } else {
      store.steps.put(stepKey(story, happening.key), happening);
      if (settled !== undefined) store.steps.put(stepKey(story, settled.key), settled);
      store.ids.put([story, event.id], {
        is: 'happening',
        position: event.position,
        instant: happening.key[0],
        seq: happening.key[1],
        ...(settled === undefined ? {} : { settled: settled.key[0] }),
      });
      this.count({ happenings: this.counts.happenings + 1 });
    }
    return { ...(was === undefined ? {} : { was }), ...(happening === undefined ? {} : { now: happening.key }) };
  }

  /** Puts or takes away the mark of a mooted request. */
  private placeMark(id: string, by: RecordedNote): void {
    const { store, story } = this;
    const identity = store.ids.get([story, id]);
    if (identity?.is !== 'note' || identity.event.type !== 'RequestMooted') return;
    const mark = resolveMooted(identity.event, this.notes(id));
    if (identity.mark !== undefined) store.steps.remove([story, identity.mark, MARK_SEQ, id]);
    if (mark !== undefined) store.steps.put(stepKey(story, mark.key), mark);
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
    const { was, now } = moved;
    const first = was === undefined || (now !== undefined && compareKeys(now, was) < 0) ? now : was;
    const change: Change = { position: this.counts.position, kind, id, by: by.id, ...moved, from: first ?? [UNPLACED, 0, id] };
    this.changes.push(change);
    this.store.journal.put([this.story, this.counts.position], change);
  }
}
