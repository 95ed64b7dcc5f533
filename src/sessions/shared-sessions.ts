/**
 * Shared sessions: opened, found, entered and closed. This node carries on those that somebody here watches or asks about;
 * the others are in the log alone.
 * Invariants: a session is what its stream says, so any node can carry it on at any time; none outlives its time; only who
 * has the host's token, or may do everything, ends one. Unit: ms.
 */
import { createHash, randomBytes } from 'node:crypto';
import { nanoid } from 'nanoid';
import { v4 as uuid } from 'uuid';
import type { Json } from '../../events/catalogue.js';
import { HindcastError } from '../errors.js';
import { WrongExpectedRevision } from '../log/log.js';
import type { Opening } from '../protocol.js';
import { CLOSED, OPENED, type OpenedData } from '../replay/session-events.js';
import { Eyes } from './eyes.js';
import { Seat } from './seat.js';
import { leftAs } from './shared-clock.js';
import { SharedSession, type SharedContext } from './shared-session.js';
import { demandOpen, type StoredSession } from './session-streams.js';
import { startingOf } from './starting.js';
import type { Watched, Watcher } from './watcher.js';

/** A session ends by itself after so long. */
export const LIFETIME_MS = 7 * 86_400_000;

const ID = /^[A-Za-z0-9_-]{21}$/;
const digestOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** A shared session, for who asks about it. */
export interface About {
  readonly id: string;
  readonly story: string;
  /** Ms since the epoch, by the log's clock. */
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Is this the token of its host? */
  isHost(token: string | undefined): boolean;
}

export interface SharedSessionsOptions extends Omit<SharedContext, 'onEnded' | 'onDelivered'> {
  readonly onDelivered?: ((lateMs: number, story: string) => void) | undefined;
  /** So many sessions that this node opened may be under way. */
  readonly mostOpened: number;
}

export class SharedSessions {
  private readonly active = new Map<string, { readonly session: SharedSession; readonly begun: Promise<void> }>();
  /** When what this node opened ends, the earliest first. */
  private readonly opened = new Map<string, number>();
  private closed = false;

  constructor(private readonly options: SharedSessionsOptions) {}

  /** Opens a session. Throws an error of the register where the opening cannot be met, having stored nothing. */
  async open(story: string, opening: Opening): Promise<{ id: string; hostToken: string; expiresAt: number }> {
    const { timeline, heads, streams, timers, clock, mostOpened } = this.options;
    if (this.closed) throw new HindcastError('shutting-down');
    if (!timeline.has(story))
      throw new HindcastError('unknown-story', `"${story.slice(0, 80)}" is not among the stories.`, [{ at: 'story', message: 'unknown' }]);
    const now = clock.createdAt(timers.now());
    for (const [id, until] of this.opened) {
      if (until > now) break;
      this.opened.delete(id);
    }
    if (this.opened.size >= mostOpened) throw new HindcastError('too-many-sessions', `${mostOpened} were opened here and are under way.`);
    const eyes = new Eyes(timeline, heads, story, () => {});
    const id = nanoid();
    const hostToken = randomBytes(24).toString('base64url');
    const expiresAt = Math.floor(now + LIFETIME_MS);
    this.opened.set(id, expiresAt);
    try {
      if (opening.as !== undefined && opening.as !== null) await eyes.look(opening.as);
      const { settings, first } = startingOf(opening, eyes.reader);
      const { place, at } = eyes.reader.land(first);
      const status = opening.paused ? ('paused' as const) : ('playing' as const);
      const left = leftAs({ status, at, place, pass: 1, playedMs: 0, settings }, now, timeline.position(), { revision: 0, from: place });
      const data: OpenedData = { story, as: opening.as ?? null, host: digestOf(hostToken), expiresAt, left };
      await streams.append(id, uuid(), OPENED, data as unknown as Json, -1);
      return { id, hostToken, expiresAt };
    } catch (error) {
      this.opened.delete(id);
      throw error;
    } finally {
      eyes.close();
    }
  }

  /** What a session is. Throws `unknown-session`, or `session-over`. */
  async find(id: string): Promise<About> {
    const { opened } = await this.read(id);
    const { story, host, expiresAt } = opened.event.data;
    return { id, story, openedAt: opened.created, expiresAt, isHost: (token) => token !== undefined && digestOf(token) === host };
  }

  private async read(id: string): Promise<StoredSession> {
    const { streams, clock, timers } = this.options;
    if (this.closed) throw new HindcastError('shutting-down');
    const stored = ID.test(id) ? await streams.read(id) : undefined;
    if (stored === undefined) throw new HindcastError('unknown-session', `"${id.slice(0, 80)}" is none.`, [{ at: 'id', message: 'unknown' }]);
    demandOpen(stored, clock.createdAt(timers.now()));
    return stored;
  }

  /** Seats a watcher; `onLeft` is called when he is gone. Throws an error of the register where it cannot, having sent nothing. */
  enter(about: About, watcher: Watcher, opening: Opening, isHost: () => boolean, onLeft: () => void): Promise<Seat> {
    return this.visit(about, (session) => session.enter(watcher, opening, isHost, onLeft));
  }

  promote(seat: Watched): void {
    if (seat instanceof Seat) seat.stalls.promote(seat);
  }

  /** What its clock shows and who watches it here. */
  describe(about: About): Promise<ReturnType<SharedSession['describe']>> {
    return this.visit(about, async (session) => session.describe());
  }

  /** Ends a session, on every node. */
  async end(about: About): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const { revision } = await this.read(about.id);
      try {
        await this.options.streams.append(about.id, uuid(), CLOSED, {}, revision);
        this.opened.delete(about.id);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new HindcastError('wrong-revision', 'Others move this clock faster.');
  }

  storyChanged(story: string): void {
    for (const { session } of [...this.active.values()]) if (session.story === story) session.storyChanged();
  }

  storyFolded(story: string): void {
    for (const { session } of [...this.active.values()]) if (session.story === story) session.storyFolded();
  }

  private async visit<R>({ id, story }: About, action: (session: SharedSession) => Promise<R>): Promise<R> {
    const { session, begun } = this.active.get(id) ?? this.carryOn(id, story);
    session.hold();
    try {
      await begun;
      return await action(session);
    } finally {
      session.letGo();
    }
  }

  private carryOn(id: string, story: string) {
    const { onDelivered, ...rest } = this.options;
    const context: SharedContext = {
      ...rest,
      onEnded: () => {
        if (this.active.get(id)?.session === session) this.active.delete(id);
      },
      onDelivered: onDelivered === undefined ? undefined : (lateMs) => onDelivered(lateMs, story),
    };
    const session: SharedSession = new SharedSession(id, context, story);
    const begun = session
      .begin(() => this.read(id))
      .catch((error: unknown) => {
        session.end(error instanceof HindcastError ? error : new HindcastError('internal', undefined, [], { cause: error }));
        throw error;
      });
    // Whoever visits is told.
    begun.catch(() => {});
    const carried = { session, begun };
    this.active.set(id, carried);
    return carried;
  }

  close(): void {
    this.closed = true;
    for (const { session } of [...this.active.values()]) session.end(new HindcastError('shutting-down'));
    this.options.streams.close();
  }
}
