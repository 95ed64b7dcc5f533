/**
 * The events on the stage: what the socket plays is added a frame at a time; what a jump or a change of the past calls for
 * is read over HTTP, as of the clock's place.
 * Invariants: the server alone says what has happened and in what order; an answer that a newer question overtook is dropped.
 */
import { type Signal, signal } from '@preact/signals';
import { type Client, type EventPage, isPassing, type ReplayItem, type StoryEvent } from '../../src/sdk/index.js';
import { eachFrame } from './clockwork.js';
import { added, changed, EMPTY, filled, preceded, type Shown, type StageWindow, shownOf } from './stage-window.js';

/** So many events are read for a page of the stage. */
const PAGE = 120;
/** A filter that finds little is asked again so often. */
const MOST_PAGES = 8;
const TRY_AGAIN_MS = 1_500;
/** Changes of the past that come close together are read at once. */
const SETTLE_MS = 120;
const MOST_LATE = 5_000;
const CALM_MS = 250;

/** What is shown of the story. Null: all. */
export interface Filter {
  readonly types: readonly StoryEvent['type'][] | null;
  readonly participants: readonly string[] | null;
  readonly text: string | null;
}
export const NO_FILTER: Filter = { types: null, participants: null, text: null };
export const isFiltered = ({ types, participants, text }: Filter) => types !== null || participants !== null || text !== null;

export interface FeedContext {
  readonly client: Client;
  readonly story: string;
  /** The place of the clock: a cursor, as it was told last. */
  place(): string | undefined;
  as(): string | null;
  filter(): Filter;
  /** Something that a person should be told. */
  failed(message: string | undefined): void;
}

export class StageFeed {
  readonly window: Signal<StageWindow> = signal(EMPTY);
  readonly busy = signal(true);
  /** So many came since the reader scrolled away. */
  readonly unseen = signal(0);
  readonly follows = signal(true);
  /** The event that was asked for last, to be brought into view. */
  readonly revealed = signal<{ readonly id: string; readonly times: number } | undefined>(undefined);

  private addedAt = 0;
  private readsOlder = false;
  /** A jump is under way, and what is read for it has not come. */
  private jumps = false;
  private incoming: Shown[] = [];
  private pending: Shown[] = [];
  private generation = 0;
  private readonly late = new Set<string>();
  private settling: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private readonly flush = eachFrame(() => this.take());

  constructor(private readonly context: FeedContext) {}

  /** What the socket tells, in order. Answers whether the past has changed. */
  heard(item: ReplayItem): void {
    if (item.kind === 'event') {
      if (item.late || item.backfill) {
        if (this.late.size < MOST_LATE) this.late.add(item.event.id);
        this.settle();
        return;
      }
      this.incoming.push(shownOf(item.event, { at: item.at, fresh: true }));
      this.flush();
    } else if (item.kind === 'changed') {
      this.take();
      this.window.value = changed(this.window.peek(), item.id, item.event);
      this.settle();
    } else if (item.kind === 'seek') {
      this.incoming = [];
      this.pending = [];
      this.unseen.value = 0;
    } else if (item.kind === 'lagging') this.settle();
  }

  private take(): void {
    const news = this.incoming;
    if (news.length === 0) return;
    this.incoming = [];
    if (this.busy.peek()) {
      this.pending.push(...news);
      return;
    }
    this.add(news);
  }

  private add(news: readonly Shown[]): void {
    const before = this.window.peek();
    // What comes thick and fast comes without being announced one by one.
    const now = performance.now();
    const calm = now - this.addedAt > CALM_MS;
    this.addedAt = now;
    const after = added(before, calm ? news : news.map((one) => ({ ...one, fresh: false })), this.follows.peek());
    if (after === before) return;
    this.window.value = after;
    if (!this.follows.peek()) this.unseen.value += news.length;
  }

  /** The past has changed: it is read again, when it has come to rest for a moment. */
  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => void this.fill(true), SETTLE_MS);
  }

  /** Everything that has happened by the clock. `keepNotes`: what was withdrawn meanwhile stays as a note. */
  async fill(keepNotes = false): Promise<void> {
    const mine = ++this.generation;
    const isMine = () => mine === this.generation && !this.closed;
    // A jump that this overtakes would have let the notes go.
    if (!keepNotes) this.jumps = true;
    this.busy.value = true;
    for (;;) {
      const place = this.context.place();
      if (place === undefined) return;
      try {
        const { events, next } = await this.read({ place });
        if (!isMine()) return;
        this.context.failed(undefined);
        const window = filled(this.window.peek(), events, next !== null, !this.jumps);
        this.window.value =
          this.late.size === 0
            ? window
            : { ...window, shown: window.shown.map((one) => (!one.late && this.late.has(one.event.id) ? { ...one, late: true } : one)) };
        break;
      } catch (error) {
        if (!isMine()) return;
        this.context.failed('What has happened so far could not be read. Trying again.');
        if (!isPassing(error)) {
          this.context.failed(`What has happened so far could not be read. ${error instanceof Error ? error.message : ''}`);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
        if (!isMine()) return;
      }
    }
    this.jumps = false;
    this.busy.value = false;
    this.take();
    const news = this.pending;
    this.pending = [];
    if (news.length > 0) this.add(news);
  }

  /** Latest first from the server; answered in story order. */
  private async read(from: { readonly place?: string; readonly after?: string }): Promise<EventPage> {
    const { types, participants, text } = this.context.filter();
    // No type at all is no question that the server takes.
    if (types?.length === 0) return { events: [], next: null };
    let events: StoryEvent[] = [];
    let { after } = from;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await this.context.client.page(this.context.story, {
        order: 'latest',
        limit: PAGE - events.length,
        place: from.place,
        after,
        as: this.context.as() ?? undefined,
        types: types ?? undefined,
        participants: participants ?? undefined,
        text: text ?? undefined,
      });
      events = [...answer.events.toReversed().filter((event) => event.occurredAt !== null), ...events];
      after = answer.next ?? undefined;
      if (after === undefined || events.length >= PAGE) break;
    }
    return { events, next: after ?? null };
  }

  /** Brings earlier events, where there are some. */
  async readOlder(): Promise<void> {
    const { shown, older } = this.window.peek();
    const first = shown.find((one) => !one.withdrawn);
    if (!older || first === undefined || this.busy.peek() || this.readsOlder) return;
    const mine = this.generation;
    this.readsOlder = true;
    try {
      const { events, next } = await this.read({ after: first.event.cursor });
      if (mine === this.generation && !this.closed) this.window.value = preceded(this.window.peek(), events, next !== null);
    } catch (error) {
      this.context.failed(`Earlier events could not be read. ${error instanceof Error ? error.message : ''}`);
    } finally {
      this.readsOlder = false;
    }
  }

  /** Shows an event that has happened: in the window, or in a window that ends with it. Answers whether it could. */
  async reveal(event: StoryEvent): Promise<boolean> {
    if (!this.window.peek().shown.some((one) => one.event.id === event.id)) {
      const mine = ++this.generation;
      try {
        const { events, next } = await this.read({ place: event.cursor });
        if (mine !== this.generation || !events.some(({ id }) => id === event.id)) return false;
        this.window.value = { shown: events.map((one) => shownOf(one)), older: next !== null, newer: Number.POSITIVE_INFINITY, base: 0 };
      } catch {
        return false;
      } finally {
        if (mine === this.generation) this.busy.value = false;
      }
    }
    this.follows.value = false;
    this.revealed.value = { id: event.id, times: (this.revealed.peek()?.times ?? 0) + 1 };
    return true;
  }

  /** Back to the newest. */
  async backToNow(): Promise<void> {
    this.follows.value = true;
    this.unseen.value = 0;
    this.revealed.value = undefined;
    if (this.window.peek().newer > 0) await this.fill();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.settling);
  }
}
