/**
 * The story clock between the frames that tell of it: extrapolated from the last one, by the server's time.
 * Invariant: two clocks told the same frame show the same story time at the same instant, as near as their estimates of
 * the server's time are. Unit: milliseconds.
 */
import { formatInstant, instantOf } from '../../events/story-time.js';
import type { FrameOf, Status } from '../protocol.js';
import type { OffsetEstimate } from './offset.js';

/** The clock as it was last told. */
export interface ClockState {
  readonly status: Status;
  /** Story time at `wall`, RFC 3339. */
  readonly at: string;
  /** Server wall time, ms since the epoch. */
  readonly wall: number;
  /** Effective: story seconds per second, as it is now; 0 while the clock stands, higher in a shortened silence. */
  readonly rate: number;
  /** The rate that was asked for. */
  readonly nominalRate: number;
  readonly pass: number;
  /** The place: what has happened by it can be read over HTTP (`GET …/events?place=`). Where the connection is lost, the last that was told. */
  readonly cursor: string;
  /** The moment that was asked for lies outside of the story: this is its nearest end. */
  readonly clamped: boolean;
}

export class StoryClock {
  private told: ClockState | undefined;
  private anchor = Number.NaN;

  constructor(
    private readonly offset: OffsetEstimate,
    private readonly monotonic: () => number,
  ) {}

  /** As it was last told; undefined until the replay is open. */
  get state(): ClockState | undefined {
    return this.told;
  }

  /** `held` while the server waits for this watcher, and while the connection of a private replay is away. */
  get status(): Status | undefined {
    return this.told?.status;
  }

  get rate(): number {
    return this.told?.rate ?? 0;
  }

  get nominalRate(): number | undefined {
    return this.told?.nominalRate;
  }

  get pass(): number {
    return this.told?.pass ?? 1;
  }

  /** Story time now, in ms since the epoch; NaN until the replay is open. */
  now(): number {
    if (this.told === undefined) return Number.NaN;
    return this.anchor + Math.max(0, this.serverNow() - this.told.wall) * this.told.rate;
  }

  /** Story time now, as RFC 3339 in UTC; undefined until the replay is open. */
  get at(): string | undefined {
    return this.told === undefined ? undefined : formatInstant(Math.floor(this.now()));
  }

  /** The server's time now, in ms since the epoch. */
  serverNow(): number {
    return this.monotonic() + this.offset.offset;
  }

  /** How far off `serverNow` is at most, in ms; Infinity until a first ping was answered. */
  get uncertaintyMs(): number {
    return this.offset.uncertainty;
  }

  /** @internal */
  take(frame: FrameOf<'clock'>, changed: Partial<ClockState>): ClockState {
    const { status, at, wall, rate, nominalRate, pass, cursor, clamped = false } = frame;
    this.told = { status, at, wall, rate, nominalRate, pass, cursor, clamped, ...changed };
    this.anchor = instantOf(at);
    return this.told;
  }

  /** @internal Stands still where it is: the clock it was told of is gone with its connection. */
  hold(): ClockState | undefined {
    if (this.told === undefined) return undefined;
    this.anchor = Math.floor(this.now());
    const { status } = this.told;
    this.told = { ...this.told, status: status === 'playing' ? 'held' : status, at: formatInstant(this.anchor), wall: this.serverNow(), rate: 0 };
    return this.told;
  }
}
