/**
 * Who watches a shared session here: each in a seat, the seats by whose eyes they look through, and what they ask for beside
 * the clock.
 * Invariants: whoever is seated is told first what the clock and the states are, and nothing twice of what he had; what is
 * wrong with what one asks for is his alone.
 */
import { compareKeys } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import type { ClientMessage, Opening, RequestId } from '../protocol.js';
import type { ControlMessage } from '../replay/controls.js';
import { isControl } from '../replay/session-events.js';
import { decodeCursor, encodeCursor } from '../timeline/cursor.js';
import { Audience, type Performance } from './audience.js';
import { helloFrame } from './frames.js';
import { Seat, type Stalls } from './seat.js';
import type { Answering, SharedClock } from './shared-clock.js';
import type { Watcher } from './watcher.js';

/** The session that is watched. */
export interface Watchable {
  readonly id: string;
  readonly story: string;
  /** For its audiences. */
  readonly performance: Performance;
  isClosed(): boolean;
  /** Why it is over, once it is. */
  over(): HindcastError;
  /** The host asks for something of the clock. */
  control(message: ControlMessage, seat: Seat): void;
  left(seat: Seat): void;
  /** Somebody has gone, or wants less. */
  thinned(): void;
  onError(error: unknown): void;
}

export class SharedRoom implements Stalls {
  readonly audiences = new Map<string, Audience>();
  /** Audiences that are being got ready, by whose eyes. */
  private readonly opening = new Map<string, Promise<Audience>>();
  /** Who watches, and among whom. */
  private readonly seats = new Map<Seat, Audience>();
  /** So many are about to come in, or ask something. */
  private visitors = 0;

  constructor(
    private readonly session: Watchable,
    private readonly clock: SharedClock,
  ) {}

  get isEmpty(): boolean {
    return this.seats.size === 0 && this.visitors === 0;
  }

  /** How many there are. */
  count(): { readonly watchers: number; readonly hosts: number } {
    return { watchers: this.seats.size, hosts: [...this.seats.keys()].filter((seat) => seat.isHost).length };
  }

  /** Keeps the session until it is let go, though nobody may be seated. */
  hold(): void {
    this.visitors++;
  }

  letGo(): void {
    this.visitors--;
    this.session.thinned();
  }

  /** Seats a watcher. Throws an error of the register where what he asks for cannot be, having sent nothing. */
  async enter(watcher: Watcher, opening: Opening, isHost: () => boolean, onLeft: () => void): Promise<Seat> {
    const seat = new Seat(watcher, this, opening.filter, onLeft);
    const cursor = opening.after === undefined ? undefined : decodeCursor(opening.after);
    const audience = await this.audienceOf(opening.as === undefined ? this.clock.lens : (opening.as ?? undefined));
    await audience.ready(opening.projections);
    seat.want({ views: new Set(opening.projections) });
    for (;;) {
      const { take } = audience;
      const isSame = cursor?.take === take;
      const from = isSame ? cursor.key : this.clock.playing.from;
      const missed = cursor === undefined ? undefined : await audience.missedAfter(from, seat);
      if (this.session.isClosed()) throw this.session.over();
      // Another take began meanwhile: what was missed is to be found anew.
      if (take !== audience.take) continue;
      this.clock.flush();
      seat.isHost = isHost();
      // What is wrong with what one asks for is his alone.
      const rest = cursor === undefined || missed === undefined ? [] : audience.bringUp(seat, cursor, from, missed);
      const resumed = cursor === undefined ? {} : { from: encodeCursor({ key: from, watermark: cursor.watermark, take }) };
      const texts = [this.helloFor(seat, audience), ...audience.asIs(seat, { didSeek: !isSame, ...(rest.length === 0 ? {} : resumed) }), ...rest];
      this.clock.guarded(() => {
        this.seats.set(seat, audience);
        if (isSame && compareKeys(cursor.key, audience.place) > 0) seat.want({ seen: cursor.key });
        audience.seat(seat);
        seat.tell(texts);
      });
      return seat;
    }
  }

  private helloFor(seat: Seat, audience: Audience): string {
    const { reader, lens } = audience.eyes;
    const role = seat.isHost ? 'host' : 'viewer';
    const serverNow = this.serverNow();
    const { settings } = this.clock.state;
    return JSON.stringify(helloFrame({ session: this.session.id, story: this.session.story, role, span: reader.span(), settings, lens, serverNow }));
  }

  /** He has shown that he is the host. */
  promote(seat: Seat): void {
    const audience = this.seats.get(seat);
    if (seat.isHost || audience === undefined) return;
    this.clock.between(() => {
      seat.isHost = true;
      seat.tell([this.helloFor(seat, audience)]);
    });
  }

  private serverNow(): number {
    const { wallOf, now } = this.session.performance;
    return wallOf(now());
  }

  private async audienceOf(lens: string | undefined): Promise<Audience> {
    const key = lens ?? '';
    const known = this.audiences.get(key);
    if (known !== undefined) return known;
    const opening = this.opening.get(key) ?? this.openAudience(lens, key);
    this.opening.set(key, opening);
    try {
      return await opening;
    } finally {
      this.opening.delete(key);
    }
  }

  private async openAudience(lens: string | undefined, key: string): Promise<Audience> {
    const audience = new Audience(this.session.performance, this.clock.take);
    try {
      if (lens !== undefined) await audience.look(lens);
      if (this.session.isClosed()) throw this.session.over();
    } catch (error) {
      audience.close(this.session.over());
      throw error;
    }
    // Whatever was played while it was got ready is behind it.
    audience.jump(this.clock.limit(), this.clock.take);
    this.audiences.set(key, audience);
    return audience;
  }

  left(seat: Seat): void {
    this.seats.get(seat)?.unseat(seat);
    this.seats.delete(seat);
    this.session.left(seat);
    this.session.thinned();
  }

  /** Lets go of what nobody watches. */
  tidy(): void {
    if (this.visitors > 0) return;
    for (const [key, audience] of this.audiences) {
      if (!audience.isEmpty) {
        audience.dropUnwatched();
        continue;
      }
      this.audiences.delete(key);
      audience.close(new HindcastError('session-over'));
    }
  }

  recovered(seat: Seat): void {
    const audience = this.seats.get(seat);
    if (audience === undefined) return;
    this.clock.between(() => {
      const back = seat.comesBack(audience.here);
      if (back === undefined) return;
      seat.tell([JSON.stringify(back.lagging), ...audience.asIs(seat, { answers: back.answers })]);
    });
  }

  /** Who is told, of those who are here. */
  answering(seat: Seat | undefined, requestId: RequestId | undefined): Answering | undefined {
    const audience = seat === undefined ? undefined : this.seats.get(seat);
    return seat === undefined || requestId === undefined || audience === undefined ? undefined : { audience, seat, requestId };
  }

  /** Answers with the clock as it is. */
  answer(seat: Seat, requestId: RequestId): void {
    const audience = this.seats.get(seat);
    if (audience === undefined) return;
    this.clock.between(() => {
      seat.tell(audience.asIs(seat, { answers: [requestId] }).slice(0, 1));
    });
  }

  // ---- what they ask for ------------------------------------------------------------------------

  take(seat: Seat, message: ClientMessage): void {
    const { requestId } = message;
    if (isControl(message)) {
      if (!seat.isHost) return seat.fail(new HindcastError('forbidden', 'Only the host of a shared session moves its clock.'), requestId);
      return this.session.control(message, seat);
    }
    if (message.type === 'ping') {
      const serverNow = this.serverNow();
      const pong = { type: 'pong', ...(message.t === undefined ? {} : { t: message.t }), serverNow, ...(requestId === undefined ? {} : { requestId }) };
      return seat.tell([JSON.stringify(pong)]);
    }
    // One after another: the last that was asked for is the one in force.
    seat.doing = seat.doing.then(() => this.serve(seat, message)).catch((error: unknown) => this.refuse(seat, error, requestId));
  }

  private async serve(seat: Seat, message: Extract<ClientMessage, { type: 'filter' | 'subscribe' | 'unsubscribe' }>): Promise<void> {
    const audience = this.seats.get(seat);
    if (audience === undefined || this.session.isClosed()) return;
    const { requestId } = message;
    const answers = requestId === undefined ? [] : [requestId];
    switch (message.type) {
      case 'subscribe': {
        await audience.ready([message.projection]);
        if (this.seats.get(seat) !== audience) return;
        return this.clock.between(() => {
          audience.regroup(seat, { views: new Set([...seat.wanted.views, message.projection]) });
          const frame = audience.views.frameOf(message.projection);
          if (frame !== undefined) seat.tell([JSON.stringify({ ...frame, ...(requestId === undefined ? {} : { requestId }) })]);
        });
      }
      case 'unsubscribe': {
        return this.clock.between(() => {
          audience.regroup(seat, { views: new Set([...seat.wanted.views].filter((name) => name !== message.projection)) });
          seat.tell(audience.asIs(seat, { answers }).slice(0, 1));
          this.session.thinned();
        });
      }
      case 'filter': {
        const { filter, views } = seat.wanted;
        const { types = filter.types, participants = filter.participants, text = filter.text, as } = message;
        this.hold();
        try {
          const other = as === undefined ? audience : await this.audienceOf(as ?? undefined);
          await other.ready([...views]);
          if (!this.seats.has(seat) || this.session.isClosed()) return;
          this.clock.between(() => {
            audience.unseat(seat);
            this.seats.set(seat, other);
            seat.want({ filter: { types, participants, text } });
            other.seat(seat);
            seat.tell(other.asIs(seat, { answers, didSeek: other !== audience }));
          });
        } finally {
          this.letGo();
        }
      }
    }
  }

  refuse(seat: Seat, error: unknown, requestId: RequestId | undefined): void {
    if (error instanceof HindcastError && error.code !== 'internal') return seat.fail(error, requestId);
    this.session.onError(error);
    seat.fail(new HindcastError('internal'), requestId);
  }

  /** Everybody is told why, and goes. */
  close(error: HindcastError): void {
    for (const seat of [...this.seats.keys()]) seat.end(error);
    for (const audience of this.audiences.values()) audience.close(error);
    this.audiences.clear();
  }
}
