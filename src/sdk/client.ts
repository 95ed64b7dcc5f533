/**
 * A server's HTTP interface as a client has it: stories, events, views, appends, exports, shared sessions and tickets.
 * Invariants: whoever appended reads what was appended; an answer that is long comes piece by piece, and no more is asked for
 * than is taken. Times are RFC 3339, positions and cursors opaque.
 */
import type { StoryDescribedData } from '../../events/descriptions.js';
import type { HAPPENING_TYPES } from '../../events/event.js';
import type { PublishedAnnotation } from '../../events/published.js';
import { ask, type Asking, baseOf, type Fetch, json, pathOf, pieces, type Transport } from './http.js';
import type { StoryEvent } from './items.js';
import { type OpenedSession, openingOf, type Session, type SessionOptions } from './sessions.js';
import { type Moment, momentText } from './time.js';

export interface ClientOptions {
  /** Sent in the header of each request. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /** Ends every request when it aborts; each rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Instead of the platform's `fetch`. */
  readonly fetch?: Fetch;
}

/** Whose eyes: the id of a participant, or `public`. */
interface Eyes {
  readonly as?: string | undefined;
}

export interface StorySummary {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  /** IANA name of the zone in which its times are said. */
  readonly timeZone?: string;
  /** How many happenings. */
  readonly events: number;
  /** Where the first and the last happening are placed; null where nothing is. */
  readonly from: string | null;
  readonly to: string | null;
  /** Events that the story had are no longer in the log. */
  readonly truncated?: true;
  /** The first revision that the log still has, where that is not 0; null where it has none of them. */
  readonly firstRevision?: number | null;
  /** The log has closed the story for good. */
  readonly tombstoned?: true;
}

/** A source that the story names. Only `id` and `title` are sure to be there; `published` is as it was written down. */
export type StorySource = Readonly<StoryDescribedData['sources'][number]>;

export interface StoryDetail extends StorySummary {
  /** Those that the story describes, then whoever else takes part in it, called by the id. */
  readonly participants: readonly {
    readonly id: string;
    readonly name: string;
    readonly aliases: readonly string[];
    readonly kind: string;
    readonly description?: string;
  }[];
  readonly sources: readonly StorySource[];
  /** Turning points: `event` is the id of the happening that each begins with. */
  readonly chapters: readonly { readonly event: string; readonly title: string }[];
  /** What the sources leave open, a sentence or a few each. */
  readonly doubts: readonly string[];
  /** Of the last event that is stored. */
  readonly revision: number;
  readonly position: string;
  /** Stored events that have no effect, and why. */
  readonly withoutEffect: { readonly setAside: number; readonly copies: number; readonly waiting: number; readonly refused: number };
}

export interface EventQuery extends Eyes {
  /** Both inclusive. */
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
  readonly types?: readonly (typeof HAPPENING_TYPES)[number][] | undefined;
  /** Whatever one of these takes part in. */
  readonly participants?: readonly string[] | undefined;
  /** Words to be found in the text, whatever their case. */
  readonly text?: string | undefined;
  /** Of one page; at most 1,000. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** A cursor, as a clock tells it: what lies beyond that place is left out. */
  readonly place?: string | undefined;
  /** `latest`: from the latest to the first. */
  readonly order?: 'story' | 'latest' | undefined;
}

export interface EventPage {
  /** In the order that was asked for: that of the story, where nothing else was. */
  readonly events: readonly StoryEvent[];
  /** Where the next page begins; null where there is none. */
  readonly next: string | null;
}

/** An annotation, or a happening that was retracted, as it is stored. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly story: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly recordedAt: string;
  readonly position: string;
  readonly revision: number;
  readonly annotations: readonly PublishedAnnotation[];
  /** The retraction that took it back. */
  readonly retractedBy?: string;
  /** It stands at no place of the story: only a happening has one. */
  readonly cursor?: never;
}

/** A happening with everything recorded about it, which has a `cursor`; or what is stored under that id and plays no part. */
export type EventDetail = StoryEvent | StoredEvent;

export interface ViewQuery extends Eyes {
  /** As of this story time; left out: the end of the story. */
  readonly at?: Moment | undefined;
  /** As the log knew it then. */
  readonly recordedAt?: Moment | undefined;
  /** The same by what the sources say of when they had recorded it. */
  readonly originallyRecordedAt?: Moment | undefined;
}

export interface ViewState<State> {
  readonly name: string;
  readonly version: number;
  readonly at: string | null;
  readonly position: string;
  /** The past has changed and is being folded anew: this is the last consistent state before. */
  readonly stale?: boolean;
  /** Events that the view could not take, and why. */
  readonly setAside?: readonly { readonly event: string; readonly reason: string }[];
  readonly state: State;
}

/** How a story is exported: each format takes some of these, and refuses the others by name. */
export interface ExportOptions extends Eyes {
  /** `cloudevents` where nothing is said: all of it, as it was recorded, and the only one that loses nothing. */
  readonly format?: 'cloudevents' | 'csv' | 'timelinejs' | 'webvtt' | 'text' | (string & {}) | undefined;
  /** As of this story time; left out: the end of the story. */
  readonly at?: Moment | undefined;
  /** What a table has a row for. */
  readonly of?: 'happenings' | 'requests' | (string & {}) | undefined;
  /** A table begins with a byte order mark. */
  readonly bom?: boolean | undefined;
  /** An IANA name; left out: the story's own. */
  readonly zone?: string | undefined;
  /** Story seconds a second, of the replay that the times are of. */
  readonly rate?: number | undefined;
  /** Or the whole story in so many seconds. */
  readonly fit?: number | undefined;
  /** The longest gap, in seconds. */
  readonly idleLimit?: number | undefined;
  /** Takes what is left of a story of which the log lacks events; left out, that is refused (`story-truncated`). */
  readonly truncated?: 'accept' | undefined;
}

export interface Expected {
  /** The story must be at this revision. */
  readonly revision?: number;
  /** The story must not exist. */
  readonly absent?: boolean;
}

export interface Appended {
  /** Of the last event of the append. */
  readonly revision: number;
  readonly position: string;
  readonly events: readonly { readonly id: string; readonly type: string; readonly revision: number }[];
  /** All of it had been stored before: nothing was added. */
  readonly repeated: boolean;
}

export interface Ticket {
  /** For `?ticket=` of a socket: good once. */
  readonly ticket: string;
  /** From now, in ms. */
  readonly expiresInMs: number;
}

/** Who asks about a shared session. */
export interface Asker {
  /** The host's token of that session, in place of the client's own. */
  readonly token?: string | undefined;
}

/** The most happenings, or rows, that one page may have. */
const LONGEST_PAGE = 1_000;

export class Client {
  private readonly transport: Transport;
  private readonly signal: AbortSignal | undefined;
  /** The last position that this client appended at: what it reads has seen it. */
  private written: string | undefined;

  constructor(url: string | URL, { token, signal, fetch = (address, init) => globalThis.fetch(address, init) }: ClientOptions = {}) {
    this.transport = { base: baseOf(url), fetch, token: async () => (typeof token === 'function' ? token() : token) };
    this.signal = signal;
  }

  /** Where the server is, with a slash at its end. */
  get url(): string {
    return this.transport.base.href;
  }

  async stories(): Promise<readonly StorySummary[]> {
    return (await this.read<{ stories: StorySummary[] }>('stories')).stories;
  }

  /** Rejects with `unknown-story`. */
  story(story: string): Promise<StoryDetail> {
    return this.read(pathOf('stories', story));
  }

  /** A page of happenings. */
  page(story: string, query: EventQuery = {}): Promise<EventPage> {
    const { from, to, types, participants, text, limit, after, place, order, as } = query;
    return this.read(pathOf('stories', story, 'events'), {
      from: maybe(from),
      to: maybe(to),
      type: types?.join(','),
      participant: participants?.join(','),
      q: text,
      limit,
      after,
      place,
      order,
      as,
    });
  }

  /** All happenings that the query asks for, in its order; each page is asked for when the one before is taken. */
  async *events(story: string, query: EventQuery = {}): AsyncGenerator<StoryEvent, void, undefined> {
    for (let after = query.after; ; ) {
      const { events, next } = await this.page(story, { limit: LONGEST_PAGE, ...query, after });
      yield* events;
      if (next === null) return;
      after = next;
    }
  }

  /** Rejects with `unknown-event`. */
  event(story: string, id: string, { as }: Eyes = {}): Promise<EventDetail> {
    return this.read(pathOf('stories', story, 'events', id), { as });
  }

  /** The views there are. */
  async projections(story: string): Promise<readonly { readonly name: string; readonly version: number; readonly description: string }[]> {
    return (await this.read<{ projections: [] }>(pathOf('stories', story, 'projections'))).projections;
  }

  /** A view at the end of the story, or as of any moment. Rejects with `unknown-projection`. */
  projection<State = unknown>(story: string, name: string, { at, recordedAt, originallyRecordedAt, as }: ViewQuery = {}): Promise<ViewState<State>> {
    return this.read(pathOf('stories', story, 'projections', name), {
      at: maybe(at),
      recordedAt: maybe(recordedAt),
      originallyRecordedAt: maybe(originallyRecordedAt),
      as,
    });
  }

  /**
   * All rows of a list of a view (the view itself has the latest 1,000), latest first; each page is asked for when the one before
   * is taken. Rejects with `unknown-list`.
   */
  async *rows<Row = unknown>(
    story: string,
    name: string,
    list: string,
    { at, recordedAt, originallyRecordedAt, as }: ViewQuery = {},
  ): AsyncGenerator<Row, void, undefined> {
    const query = { list, limit: LONGEST_PAGE, at: maybe(at), recordedAt: maybe(recordedAt), originallyRecordedAt: maybe(originallyRecordedAt), as };
    for (let after: string | undefined; ; ) {
      const { rows, next } = await this.read<{ rows: Row[]; next: string | null }>(pathOf('stories', story, 'projections', name, 'rows'), { ...query, after });
      yield* rows;
      if (next === null) return;
      after = next;
    }
  }

  /**
   * Appends drafts (or CloudEvents), all or none; the same again adds nothing. Rejects with what is wrong with them and where
   * (`bad-event`, `unknown-target`, `id-reused`, …), or with `wrong-revision`.
   */
  async append(story: string, drafts: readonly unknown[], { revision, absent }: Expected = {}): Promise<Appended> {
    const headers = { ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }), ...(absent === true ? { 'if-none-match': '*' } : {}) };
    // One alone is sent as one: faults then name its fields.
    const answer = await this.ask(pathOf('stories', story, 'events'), { headers, body: drafts.length === 1 ? drafts[0] : drafts });
    const appended = await json<Omit<Appended, 'repeated'>>(answer, this.signal);
    if (this.written === undefined || appended.position > this.written) this.written = appended.position;
    return { ...appended, repeated: answer.status === 200 };
  }

  /**
   * The whole story as a file, piece by piece. Rejects with `unknown-story`, or `bad-request` where there is no such format, or
   * where it does not take what is said of it.
   */
  async *export(story: string, { format = 'cloudevents', at, bom, ...rest }: ExportOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const query = { ...rest, format, at: maybe(at), bom: bom === undefined ? undefined : String(bom), minPosition: this.written };
    yield* pieces(await this.ask(pathOf('stories', story, 'export'), { query }), this.signal);
  }

  /**
   * Opens a shared session of a story: one clock for all who watch it at `sessions/:id`. Rejects with `unknown-story`,
   * `nothing-to-play`, `too-many-sessions`, `bad-request`, `bad-time`, `bad-rate` or `fit-with-rate`, and with `forbidden` where
   * the token may not open one. Throws a RangeError where a moment is none.
   */
  async openSession(story: string, options: SessionOptions = {}): Promise<OpenedSession> {
    return json<OpenedSession>(await this.ask('sessions', { body: openingOf(story, options) }), this.signal);
  }

  /** The clock of a shared session, and how many watch. Rejects with `unknown-session` or `session-over`. */
  async session(id: string, { token }: Asker = {}): Promise<Session> {
    return json<Session>(await this.ask(pathOf('sessions', id), { token }), this.signal);
  }

  /** Ends a shared session for everybody. Rejects with `unknown-session`, `session-over`, or `forbidden` where it is not the host who asks. */
  async endSession(id: string, { token }: Asker = {}): Promise<void> {
    await this.ask(pathOf('sessions', id), { method: 'DELETE', token });
  }

  /**
   * A ticket that opens one socket, once, with the rights of the client's token: for whoever may not have the token itself. Rejects
   * with `unauthenticated`, or with `too-many-tickets`.
   */
  async ticket(): Promise<Ticket> {
    return json<Ticket>(await this.ask('tickets', { method: 'POST' }), this.signal);
  }

  private async read<Body>(path: string, query: Asking['query'] = {}): Promise<Body> {
    return json<Body>(await this.ask(path, { query: { ...query, minPosition: this.written } }), this.signal);
  }

  private ask(path: string, asking: Asking): Promise<Response> {
    return ask(this.transport, path, { ...asking, signal: this.signal });
  }
}

const maybe = (moment: Moment | undefined) => (moment === undefined ? undefined : momentText(moment));
