/**
 * The writer of one story: one append to the log at a time. What is asked for meanwhile waits, and goes together as the next one.
 * Invariants: appends are judged and stored in the order in which they were asked for, each whole or not at all and answered by
 * itself. An answer is said of what stands in the log: where the log had the events before, and where a refusal rests on a read
 * model that is behind, the read model is brought to where the log is and the append is judged again. Only whoever named a
 * revision is told that it is wrong: for all others it is tried again, until their time is over.
 * Unit: one story in one process; ms of the monotonic clock.
 */
import { nanoid } from 'nanoid';
import { catalogue, type Json } from '../../events/catalogue.js';
import type { RecordedHappening, StoryEvent } from '../../events/event.js';
import { correctedRequestIds, inlineRequests } from '../../events/resolve.js';
import { Backoff } from '../backoff.js';
import { HindcastError, isHindcastError } from '../errors.js';
import { type Appended, dataBytes, type LogEventData, type Position, WrongExpectedRevision } from '../log/log.js';
import { truncatedStory } from '../timeline/stream-standing.js';
import { judge, type KnownStory, type Proposal, type Verdict } from './judging.js';
import type { AppendableLog, ReadModel } from './knowledge.js';

/** How long the read model may take to come to where the log is. */
const CATCH_UP_MS = 5_000;
/** Others may be faster again and again; after so long whoever waits is asked to try later. */
const PATIENCE_MS = 10_000;
/** Waits where others were faster. */
const RETRY = { firstMs: 2, longestMs: 200 };
/** Appends that wait for one story, at most. */
const MOST_WAITING = 1_000;
/** Events and bytes of appends that go together, unless one alone has more. */
const TOGETHER = { events: 500, bytes: 256 * 1024 };

export interface Recording {
  /** Revision of the last event of the append. */
  readonly revision: number;
  /** A position at which all of the append is stored. */
  readonly position: Position;
  /** The events as they are stored, in order. */
  readonly events: readonly (StoryEvent & { readonly story: string; readonly revision: number })[];
  /** True where all of it had been stored before. */
  readonly repeated: boolean;
}

export interface StoryWriterOptions {
  readonly log: AppendableLog;
  readonly timeline: ReadModel;
  readonly story: string;
  readonly stream: string;
  /** The log's id of an event. */
  readonly logId: (event: string) => string;
  readonly now: () => number;
  readonly random: () => number;
  readonly delay: (ms: number) => Promise<unknown>;
}

interface Waiting extends Proposal {
  readonly until: number;
  resolve(recording: Recording): void;
  reject(error: unknown): void;
}

/** An append that was judged to be new, made ready for the log. */
interface Accepted {
  readonly waiting: Waiting;
  readonly data: readonly LogEventData[];
  readonly bytes: number;
  /** Of its first event. */
  readonly revision: number;
}

/** An event that is accepted or stored, and not in the read model yet. */
interface Fresh {
  readonly event: StoryEvent;
  readonly revision: number;
  /** The requests that it writes into a message and that were not there. */
  readonly requests: readonly string[];
}

export class StoryWriter {
  private readonly queue: Waiting[] = [];
  /** What is accepted or stored, and not in the read model yet. By event id. */
  private readonly fresh = new Map<string, Fresh>();
  /** Requests written into messages by what is fresh, each with its message. */
  private readonly inline = new Map<string, string>();
  /** The last revision as this writer knows it; undefined: as the read model has it. */
  private revision: number | undefined;
  /** Positions of what is fresh, by the last revision of each append. */
  private readonly positions = new Map<number, string>();
  private isRunning = false;

  constructor(private readonly options: StoryWriterOptions) {}

  /** Nothing is under way, and the read model has all of it. */
  get isIdle(): boolean {
    return !this.isRunning && this.queue.length === 0 && this.fresh.size === 0;
  }

  append(proposal: Proposal): Promise<Recording> {
    if (this.queue.length >= MOST_WAITING) throw new HindcastError('too-busy', 'As many appends to this story are waiting as there may be.');
    return new Promise((resolve, reject) => {
      this.queue.push({ ...proposal, until: this.options.now() + PATIENCE_MS, resolve, reject });
      if (!this.isRunning) void this.run();
    });
  }

  /** The read model has taken something in. */
  seen(): void {
    const { timeline, story } = this.options;
    for (const id of this.fresh.keys()) if (timeline.event(story, id) !== undefined || timeline.knows(story, id)) this.forget(id);
    if (this.fresh.size > 0) return;
    this.positions.clear();
    if (!this.isRunning) this.revision = undefined;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    const backoff = new Backoff({ ...RETRY, random: this.options.random });
    for (let first = this.queue.shift(); first !== undefined; first = this.queue.shift()) {
      try {
        if (await this.takeTurn(first)) backoff.reset();
        else await this.options.delay(backoff.next());
      } catch (error) {
        first.reject(error);
      }
    }
    this.isRunning = false;
  }

  /** Answers the first, and those that go with it. False where others were faster: it waits at the front again. Throws what it is refused with. */
  private async takeTurn(first: Waiting): Promise<boolean> {
    const accepted = await this.judged(first);
    if (accepted === undefined) return true;
    const group = [accepted];
    let { bytes } = accepted;
    let events = accepted.data.length;
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const one = this.acceptNow(next, { events, bytes });
      if (one === undefined) break;
      this.queue.shift();
      group.push(one);
      bytes += one.bytes;
      events += one.data.length;
    }
    return this.store(group);
  }

  /** The first in the queue: answered where it is stored already (undefined), or made ready. */
  private async judged(waiting: Waiting): Promise<Accepted | undefined> {
    if (this.options.timeline.isLogReplaced()) await this.options.timeline.checkLog();
    const verdict = await this.verdictOn(waiting);
    if (verdict.is === 'new') return this.accept(waiting);
    await this.demandStored(waiting, verdict.revisions);
    waiting.resolve(this.repeated(waiting.events, verdict.revisions));
    return undefined;
  }

  /** Throws a refusal that holds of the story as the log had it when this was asked. */
  private async verdictOn(waiting: Waiting): Promise<Verdict> {
    try {
      return judge(waiting, this.known());
    } catch (error) {
      if (!isHindcastError(error)) throw error;
      // While the log was asked, the read model may have come to where it is by itself: in any case it is judged again.
      await this.catchUp();
      return judge(waiting, this.known());
    }
  }

  /** What the read model knows to be stored is acknowledged where the log has it. Throws `log-replaced`, `story-truncated` or `story-tombstoned`. */
  private async demandStored({ events }: Waiting, revisions: readonly number[]): Promise<void> {
    const { log, timeline, story, stream, logId } = this.options;
    const [last, revision] = [events.at(-1) as StoryEvent, revisions.at(-1) as number];
    for await (const event of log.read(stream, { from: revision, limit: 1 })) if (event.revision === revision && event.id === logId(last.id)) return;
    await timeline.checkLog();
    const { firstRevision } = await timeline.standing(story);
    throw truncatedStory(story, firstRevision);
  }

  /** One that goes with those before it; undefined where it has to wait for its own turn. */
  private acceptNow(waiting: Waiting, with_: { readonly events: number; readonly bytes: number }): Accepted | undefined {
    if (with_.events + waiting.events.length > TOGETHER.events) return undefined;
    try {
      if (judge(waiting, this.known()).is !== 'new') return undefined;
    } catch {
      // It is refused in its own turn, when what goes before it is stored.
      return undefined;
    }
    const most = Math.min(TOGETHER.bytes, this.options.log.maxAppendBytes);
    return this.accept(waiting, most - with_.bytes);
  }

  private accept(waiting: Waiting, mostBytes = Infinity): Accepted | undefined {
    const { events } = waiting;
    const data = this.toLog(events);
    const bytes = data.reduce((sum, event) => sum + dataBytes(event), 0);
    if (bytes > mostBytes) return undefined;
    const revision = this.last() + 1;
    for (const [i, event] of events.entries()) this.fresh.set(event.id, { event, revision: revision + i, requests: [] });
    // A correction may stand before what it corrects.
    for (const [i, event] of events.entries()) {
      const { message, requests } = this.requestsOf(event);
      this.fresh.set(event.id, { event, revision: revision + i, requests });
      for (const id of requests) this.inline.set(id, message);
    }
    this.revision = revision + events.length - 1;
    return { waiting, data, bytes, revision };
  }

  /** What an event writes into a message: itself, or the one that it corrects. */
  private requestsOf(event: StoryEvent): { readonly message: string; readonly requests: readonly string[] } {
    const message = event.type === 'EventCorrected' ? event.data.event : event.id;
    const known = this.known();
    const happening = (message === event.id ? event : known.event(message)?.event) as RecordedHappening;
    const written = event.type === 'EventCorrected' ? correctedRequestIds(happening, event) : inlineRequests(happening).map(({ id }) => id);
    return { message, requests: written.filter((id) => !known.knows(id)) };
  }

  /**
   * The events as the log takes them. Their metadata say where an append ends, so that readers take it whole, and name it, so that
   * its writer knows it again from one that says the same.
   */
  private toLog(events: readonly StoryEvent[]): LogEventData[] {
    return events.map((event, i) => {
      const { type, data, metadata } = catalogue.toStored(event);
      const mark: Json = i < events.length - 1 ? { more: true } : { append: nanoid() };
      return { id: this.options.logId(event.id), type, data, metadata: { ...(metadata as Record<string, Json>), ...mark } };
    });
  }

  /** Appends them together. False where the story was not as it was thought to be. */
  private async store(group: readonly Accepted[]): Promise<boolean> {
    const { log, stream, story } = this.options;
    const before = (group[0] as Accepted).revision - 1;
    let appended: Appended;
    try {
      appended = await log.append(
        stream,
        group.flatMap(({ data }) => data),
        before < 0 ? 'no_stream' : before,
      );
    } catch (error) {
      this.dismiss(group);
      if (error instanceof WrongExpectedRevision) return this.again(group);
      for (const { waiting } of group) waiting.reject(error);
      return true;
    }
    // Somebody else's append: whether it says the same is judged when the read model has it.
    if (appended.repeated) {
      this.dismiss(group);
      return this.again(group);
    }
    for (const { waiting, revision, data } of group) {
      const last = revision + data.length - 1;
      this.positions.set(last, appended.position);
      const events = waiting.events.map((event, i) => ({ ...event, story, revision: revision + i }));
      waiting.resolve({ revision: last, position: appended.position, events, repeated: false });
    }
    this.seen();
    return true;
  }

  /** They are judged once more, in the order in which they came, when what others wrote is known. */
  private async again(group: readonly Accepted[]): Promise<false> {
    const now = this.options.now();
    const patient = group
      .map(({ waiting }) => waiting)
      .filter((waiting) => {
        if (waiting.until > now) return true;
        waiting.reject(new HindcastError('too-busy', 'Others write to this story without a pause.'));
        return false;
      });
    try {
      await this.catchUp();
      this.queue.unshift(...patient);
    } catch (error) {
      for (const waiting of patient) waiting.reject(error);
    }
    return false;
  }

  /** Brings the read model to where the log has the story: from then on the story is as the read model has it. Throws what the log throws, or `not-yet`. */
  private async catchUp(): Promise<void> {
    const { log, timeline, story, stream } = this.options;
    const head = await log.head(stream);
    const known = timeline.story(story)?.revision ?? -1;
    if ((head?.revision ?? -1) < known) await timeline.checkLog();
    if (head !== undefined && head.revision > known) await timeline.waitFor(head.position, CATCH_UP_MS);
    this.seen();
    if (this.fresh.size === 0) this.revision = undefined;
  }

  /** What was accepted is not stored. */
  private dismiss(group: readonly Accepted[]): void {
    for (const { waiting } of group) for (const { id } of waiting.events) this.forget(id);
    this.revision = (group[0] as Accepted).revision - 1;
  }

  private forget(id: string): void {
    for (const request of this.fresh.get(id)?.requests ?? []) this.inline.delete(request);
    this.fresh.delete(id);
  }

  private last(): number {
    const { timeline, story } = this.options;
    return Math.max(this.revision ?? -1, timeline.story(story)?.revision ?? -1);
  }

  private known(): KnownStory {
    const { timeline, story } = this.options;
    return {
      revision: this.last(),
      event: (id) => {
        const event = timeline.event(story, id)?.event;
        return this.fresh.get(id) ?? (event === undefined ? undefined : { event, revision: event.revision });
      },
      knows: (id) => this.fresh.has(id) || this.inline.has(id) || timeline.knows(story, id),
      writtenIn: (id) => this.inline.get(id) ?? timeline.writtenIn(story, id),
    };
  }

  private repeated(events: readonly StoryEvent[], revisions: readonly number[]): Recording {
    const { timeline, story } = this.options;
    const revision = revisions.at(-1) ?? -1;
    // They may stand in another order than they were sent in.
    const furthest = Math.max(...revisions);
    const { id } = events[revisions.indexOf(furthest)] as StoryEvent;
    const position = timeline.event(story, id)?.event.position ?? this.positionOf(furthest);
    return { revision, position, events: events.map((event, i) => ({ ...event, story, revision: revisions[i] ?? -1 })), repeated: true };
  }

  /** Where a fresh event is stored, or a little behind. */
  private positionOf(revision: number): string {
    let found = '';
    let nearest = Infinity;
    for (const [last, position] of this.positions) {
      if (last < revision || last >= nearest) continue;
      nearest = last;
      found = position;
    }
    return found;
  }
}
