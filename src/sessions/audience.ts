/**
 * All who watch a shared session through the same eyes: what is played is made into frames once, gathered, and handed to each
 * group of them as one list.
 * Invariants: nobody is sent anything of a take twice, wherever the clock is set; the clock that is told comes after what was
 * played before it; whoever cannot keep up costs the others nothing.
 */
import type { Happening } from '../../events/event.js';
import type { EffectiveHappening, Step } from '../../events/steps.js';
import { compareKeys, type OrderKey } from '../../events/story-time.js';
import { NO_FILTER, type RequestId, type ServerFrame } from '../protocol.js';
import type { Effect, SessionState } from '../replay/session-machine.js';
import { type Cursor, encodeCursor } from '../timeline/cursor.js';
import type { HeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import { Eyes } from './eyes.js';
import { clockAsIs, clockFrame, eventFrame, eventText, newsFrame, silenceFrame } from './frames.js';
import { LateNews } from './late-news.js';
import type { Seat } from './seat.js';
import type { Wanted } from './filter.js';
import { ShownViews } from './shown-views.js';
import type { News } from './story-reader.js';
import { MOST_UNSENT } from './watcher.js';

/** What is gathered is handed on before it is longer than this. */
const LONGEST_TAPE = 64 * 1024;
/** So many steps are read at a time where the clock's own reading does not serve. */
const AHEAD = 64;
/** Whoever comes back is sent at most so many steps that he missed; beyond that he is told how many there were. */
const MOST_MISSED = 2_000;
/** How far older takes were sent is known of so many. */
const TAKES_KEPT = 2;
/** No more are counted than this. */
const MOST_COUNTED = 1_000_000;

/** A shared session as its audiences see it. */
export interface Performance {
  readonly timeline: Timeline;
  readonly heads: HeadViews;
  readonly story: string;
  readonly wallOf: (mono: number) => number;
  readonly now: () => number;
  state(): SessionState;
  guarded(action: () => void): void;
  broke(error: unknown): void;
  isClosed(): boolean;
}

/** A frame that is gathered, and whom it is for. */
type Gathered =
  | { readonly for: 'filter'; readonly event: Happening; readonly key: OrderKey | undefined; readonly text: string }
  | { readonly for: 'viewers of'; readonly view: string; readonly text: string }
  /** `answer`: what one of them is told instead. */
  | { readonly for: 'all'; readonly text: string; readonly answer?: { readonly seat: Seat; readonly requestId: RequestId; readonly text: string } };

/** Seats that are sent the same. */
interface Group {
  readonly like: Wanted;
  readonly seats: Set<Seat>;
}

/** What somebody missed who comes back. */
export interface Missed {
  readonly steps: readonly Step[];
  /** Happenings that are not among them, being too many. */
  readonly skipped: number;
  /** Everything up to here is in it. */
  readonly upTo: OrderKey;
}

export class Audience {
  readonly eyes: Eyes;
  readonly views: ShownViews;
  /** Everything up to here has been sent in this take. */
  place: OrderKey;
  /** Of other takes, how far each had been sent, the latest last: a clock that was told late may be in one of them again. */
  private readonly sentIn = new Map<string, OrderKey>();
  private readonly news: LateNews;
  private readonly groups = new Map<string, Group>();
  private tape: Gathered[] = [];
  private gathered = 0;
  /** What lies ahead as it was read last, and up to where nothing else does. */
  private window: readonly Step[] = [];
  private taken = 0;
  private known: OrderKey;
  /** The cursor of what was handed on last. */
  private handed: string;
  /** Called when a view is told in full. */
  private ended: unknown;
  private readonly waiting = new Set<{ readonly done: () => void; readonly failed: (error: unknown) => void }>();

  /** `take`: which take of the session is played, another after each seek and in each round. */
  constructor(
    private readonly performance: Performance,
    public take: string,
  ) {
    const { timeline, heads, story } = performance;
    this.place = performance.state().place;
    this.known = this.place;
    this.eyes = new Eyes(timeline, heads, story, () => {});
    this.eyes.filterBy(NO_FILTER);
    this.news = new LateNews({
      position: () => timeline.position(),
      reader: () => this.eyes.reader,
      mayTell: () => !performance.isClosed(),
      tell: (item, place, backfill) => this.tellNews(item, place, backfill),
      refold: () => this.views.refoldAll(),
      later: (action) => void setImmediate(() => performance.guarded(action)),
    });
    this.news.begin();
    this.handed = this.cursor(this.place);
    this.views = new ShownViews({
      timeline,
      heads,
      eyes: this.eyes,
      // Along with what was sent, and not with where the clock is.
      state: () => ({ ...performance.state(), place: this.place }),
      cursor: (place) => this.cursor(place),
      send: (frame) => {
        this.gather({ for: 'viewers of', view: frame.name, text: JSON.stringify(frame) });
        if (frame.state === undefined) return;
        for (const { done } of this.waiting) done();
        this.waiting.clear();
      },
      guarded: (action) => performance.guarded(action),
      broke: (error) => performance.broke(error),
      isClosed: () => performance.isClosed(),
    });
    this.views.tellAll(performance.state().generation);
  }

  get isEmpty(): boolean {
    return this.groups.size === 0;
  }

  /** Looks through other eyes than everybody's, before anybody is seated. */
  async look(lens: string): Promise<void> {
    await this.eyes.look(lens);
    this.readAnew();
  }

  cursor(key: OrderKey): string {
    return encodeCursor({ key, watermark: this.news.watermark, take: this.take });
  }

  /** Where it is. */
  get here(): string {
    return this.cursor(this.place);
  }

  // ---- what is played ---------------------------------------------------------------------------

  /** What the clock itself read of what lies ahead; it serves whoever sees the same story. */
  foresee(steps: readonly Step[], next: number, upTo: OrderKey): void {
    this.window = steps;
    this.taken = next;
    this.known = upTo;
  }

  /** What was read ahead holds no longer. */
  readAnew(): void {
    this.window = [];
    this.taken = 0;
    this.known = this.place;
  }

  /** Sends everything up to a place, which was due at `due`. */
  reachTo(limit: OrderKey, due: number): void {
    for (let step = this.nextUpTo(limit); step !== undefined; step = this.nextUpTo(limit)) {
      this.place = step.key;
      if (step.kind === 'happening') this.gatherEvent(step, this.performance.wallOf(due));
      this.views.advance(step);
    }
    if (compareKeys(this.place, limit) < 0) this.place = limit;
  }

  private nextUpTo(limit: OrderKey): Step | undefined {
    for (;;) {
      let next = this.window[this.taken];
      while (next !== undefined && compareKeys(next.key, this.place) <= 0) next = this.window[++this.taken];
      if (next !== undefined) return compareKeys(next.key, limit) <= 0 ? next : undefined;
      if (compareKeys(this.known, limit) >= 0) return undefined;
      const after = compareKeys(this.known, this.place) > 0 ? this.known : this.place;
      this.window = this.performance.timeline.steps(this.eyes.reader.track, { after, upTo: limit, limit: AHEAD });
      this.taken = 0;
      this.known = this.window.length < AHEAD ? limit : (this.window.at(-1) as Step).key;
    }
  }

  /** Goes on from another place, as another take. */
  jump(place: OrderKey, take: string): void {
    this.sentIn.set(this.take, this.place);
    const before = this.sentIn.get(take);
    this.sentIn.delete(take);
    for (const old of [...this.sentIn.keys()].slice(0, -TAKES_KEPT)) this.sentIn.delete(old);
    this.take = take;
    this.place = before !== undefined && compareKeys(before, place) > 0 ? before : place;
    this.readAnew();
    this.news.begin();
    this.forgetSeen(() => true);
  }

  /** Tells what was recorded since, of what lies behind; all that was played up to `place` is behind. */
  catchUp(place: OrderKey): void {
    if (compareKeys(this.place, place) < 0) this.place = place;
    this.news.catchUp(this.place, false);
  }

  tellClock(effect: Extract<Effect, { do: 'clock' }>, answer?: { readonly seat: Seat; readonly requestId: RequestId }): void {
    const text = (requestId?: RequestId) => JSON.stringify(clockFrame(effect, this.here, this.performance.wallOf, requestId));
    this.gather({ for: 'all', text: text(), ...(answer === undefined ? {} : { answer: { ...answer, text: text(answer.requestId) } }) });
  }

  tellSilence(effect: Extract<Effect, { do: 'silence' }>): void {
    this.gather({ for: 'all', text: JSON.stringify(silenceFrame(effect)) });
  }

  private tellNews(item: News, place: OrderKey, backfill: boolean): void {
    const { wallOf, now } = this.performance;
    const frame = newsFrame(
      item,
      place,
      this.eyes,
      (key) => this.cursor(key),
      () => wallOf(now()),
      backfill,
    );
    if (frame === undefined) return;
    const text = JSON.stringify(frame);
    if (frame.type === 'event' && item.happening !== undefined) this.gather({ for: 'filter', event: item.happening.event, key: undefined, text });
    else this.gather({ for: 'all', text });
  }

  private gatherEvent(step: EffectiveHappening, dueWall: number): void {
    const { key, event } = step;
    this.gather({ for: 'filter', event, key, text: eventText(step, this.eyes, { watermark: this.news.watermark, take: this.take }, dueWall) });
  }

  private gather(frame: Gathered): void {
    if (this.isEmpty) return;
    this.tape.push(frame);
    this.gathered += frame.text.length;
    if (this.gathered > LONGEST_TAPE) this.flush();
  }

  /** Hands on what is gathered: the same list to each of a group. */
  flush(): void {
    const { tape, handed } = this;
    this.handed = this.here;
    if (tape.length === 0) return;
    this.tape = [];
    this.gathered = 0;
    const answered = new Set(tape.flatMap((frame) => (frame.for === 'all' && frame.answer !== undefined ? [frame.answer.seat] : [])));
    for (const { like, seats } of [...this.groups.values()]) {
      const { texts, events } = heardBy(like, tape, undefined);
      for (const seat of seats) {
        if (answered.has(seat)) seat.take(heardBy(like, tape, seat).texts, events, handed, answersTo(seat, tape));
        else if (texts.length > 0) seat.take(texts, events, handed);
      }
    }
    this.forgetSeen((seen) => compareKeys(seen, this.place) <= 0);
  }

  /** Whoever had been sent more than has been played is as the others, once that is played. */
  private forgetSeen(isPlayed: (seen: OrderKey) => boolean): void {
    for (const { like, seats } of [...this.groups.values()]) {
      if (like.seen === undefined || !isPlayed(like.seen)) continue;
      for (const seat of [...seats]) this.regroup(seat, { seen: undefined });
    }
  }

  // ---- who is there -----------------------------------------------------------------------------

  /** Resolves when each of these views can be told in full to one more. */
  async ready(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (this.ended !== undefined) throw this.ended;
      if (!this.views.names().includes(name)) this.views.subscribe(this.views.named(name), undefined);
      while (this.views.frameOf(name) === undefined && this.views.names().includes(name))
        await new Promise<void>((done, failed) => {
          this.waiting.add({ done, failed });
        });
    }
  }

  /** Who waits is told that it is over. */
  close(error: unknown): void {
    this.ended = error;
    for (const { failed } of [...this.waiting]) failed(error);
    this.waiting.clear();
    this.views.close();
    this.eyes.close();
  }

  /** Seats somebody: what he has been sent must be as of what was handed on. */
  seat(seat: Seat): void {
    const { wanted } = seat;
    const group = this.groups.get(wanted.key);
    if (group === undefined) this.groups.set(wanted.key, { like: wanted, seats: new Set([seat]) });
    else group.seats.add(seat);
  }

  /** From now on somebody wants something else. */
  regroup(seat: Seat, change: Parameters<Seat['want']>[0]): void {
    this.unseat(seat);
    seat.want(change);
    this.seat(seat);
  }

  unseat(seat: Seat): void {
    const { key } = seat.wanted;
    const group = this.groups.get(key);
    group?.seats.delete(seat);
    if (group?.seats.size === 0) this.groups.delete(key);
  }

  /** Views that nobody watches any more are folded no longer. */
  dropUnwatched(): void {
    const watched = new Set([...this.groups.values()].flatMap(({ like }) => [...like.views]));
    if (this.waiting.size > 0) return;
    for (const name of this.views.names()) if (!watched.has(name)) this.views.remove(name);
  }

  /** The clock and the states as they are, for one of them. `from`: the cursor that he has reached by then, where he is brought up after it. */
  asIs(seat: Seat, { didSeek = false, answers = [], from = this.here }: { didSeek?: boolean; answers?: readonly RequestId[]; from?: string } = {}): string[] {
    const clock = (requestId?: RequestId): ServerFrame => clockFrame(clockAsIs(this.performance.state(), didSeek), from, this.performance.wallOf, requestId);
    const clocks = answers.length === 0 ? [clock()] : answers.map(clock);
    const states = [...seat.wanted.views].map((name) => this.views.frameOf(name)).filter((frame) => frame !== undefined);
    return [...clocks, ...states].map((frame) => JSON.stringify(frame));
  }

  // ---- who comes back ---------------------------------------------------------------------------

  /** What a seat missed after a place, up to where this is: read in turns where it is much. */
  async missedAfter(from: OrderKey, seat: Seat): Promise<Missed> {
    let missed: Missed = { steps: [], skipped: 0, upTo: from };
    for (let goesOn = true; goesOn; ) {
      const before = missed.upTo;
      missed = this.missedFurther(missed, seat, AHEAD * 8);
      goesOn = compareKeys(missed.upTo, this.place) < 0 && compareKeys(missed.upTo, before) > 0 && missed.skipped < MOST_COUNTED;
      if (goesOn) await new Promise(setImmediate);
    }
    return missed;
  }

  private missedFurther({ steps, skipped, upTo }: Missed, seat: Seat, limit?: number): Missed {
    if (compareKeys(upTo, this.place) >= 0 || skipped >= MOST_COUNTED) return { steps, skipped, upTo };
    const read = this.performance.timeline.steps(this.eyes.reader.track, { after: upTo, upTo: this.place, ...(limit === undefined ? {} : { limit }) });
    const wanted = read.filter((step) => step.kind === 'happening' && seat.wanted.matches(step.event));
    const reached = limit === undefined || read.length < limit ? this.place : (read.at(-1) as Step).key;
    const isMuch = skipped > 0 || steps.length + wanted.length > MOST_MISSED;
    return isMuch ? { steps: [], skipped: skipped + steps.length + wanted.length, upTo: reached } : { steps: [...steps, ...wanted], skipped: 0, upTo: reached };
  }

  /** The frames that bring somebody up from his cursor, after clock and states; `missed`: what was found of it before. */
  bringUp(seat: Seat, cursor: Cursor, from: OrderKey, missed: Missed): string[] {
    const texts = this.newsSince(seat, cursor, from);
    const { steps, skipped, upTo } = this.missedFurther(missed, seat);
    for (const step of steps) if (step.kind === 'happening') texts.push(JSON.stringify(this.backfilled(step)));
    const isTooMuch = texts.reduce((sum, text) => sum + text.length, 0) > MOST_UNSENT;
    if (skipped === 0 && !isTooMuch) return texts;
    const lagging = { type: 'lagging' as const, skipped: skipped + steps.length, from: encodeCursor({ ...cursor, key: from }), to: this.cursor(upTo) };
    return [JSON.stringify(lagging)];
  }

  private backfilled(step: EffectiveHappening): ServerFrame {
    const { wallOf, now } = this.performance;
    return { ...eventFrame(step, this.eyes, this.cursor(step.key), wallOf(now())), backfill: true };
  }

  /** What became, since a cursor, of what lies behind it. */
  private newsSince(seat: Seat, { watermark }: Cursor, from: OrderKey): string[] {
    const { wallOf, now } = this.performance;
    const texts: string[] = [];
    const until = this.news.watermark;
    for (let since = watermark; since < until; ) {
      const { news, upTo, complete } = this.eyes.reader.news(since, until, from);
      for (const item of news) {
        // Whoever is cut off in between comes back for the rest.
        const cursorOf = (key: OrderKey) => encodeCursor({ key, watermark: item.position, take: this.take });
        const isWanted = item.kind !== 'late' || item.happening === undefined || seat.wanted.matches(item.happening.event);
        const frame = isWanted ? newsFrame(item, from, this.eyes, cursorOf, () => wallOf(now()), true) : undefined;
        if (frame !== undefined) texts.push(JSON.stringify(frame));
      }
      if (complete || upTo <= since) break;
      since = upTo;
    }
    return texts;
  }
}

/** What of the tape a seat is sent; `self`: who is answered. */
function heardBy({ matches, seen, views }: Wanted, tape: readonly Gathered[], self: Seat | undefined) {
  const texts: string[] = [];
  let events = 0;
  for (const frame of tape) {
    if (frame.for === 'viewers of') {
      if (views.has(frame.view)) texts.push(frame.text);
    } else if (frame.for === 'all') texts.push(self !== undefined && frame.answer?.seat === self ? frame.answer.text : frame.text);
    else if (matches(frame.event) && (seen === undefined || frame.key === undefined || compareKeys(frame.key, seen) > 0)) {
      texts.push(frame.text);
      events++;
    }
  }
  return { texts, events };
}

function answersTo(seat: Seat, tape: readonly Gathered[]): RequestId[] {
  return tape.flatMap((frame) => (frame.for === 'all' && frame.answer?.seat === seat ? [frame.answer.requestId] : []));
}
