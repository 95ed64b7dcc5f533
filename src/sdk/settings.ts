/**
 * The settings in force, so that a new connection goes on as the old one would have.
 * Invariant: a setting counts once the server has answered it, not when it was asked for.
 */
import { parseInstant } from '../../events/story-time.js';
import type { FrameOf, RATES, Status } from '../protocol.js';
import type { Control } from './requests.js';

export type Query = Readonly<Record<string, string>>;

/** So fast is caught up with what was appended while a live replay was away. */
const FASTEST: (typeof RATES)['most'] = 10_000_000;

/** What of an opening is a watcher's own in a shared session, whose clock is not theirs to set. */
const OWN = ['types', 'participants', 'text', 'as'] as const;

const listOf = (text: string | undefined) =>
  text === undefined
    ? null
    : text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');

export class Settings {
  private cursor: string | undefined;
  private status: Status = 'playing';
  private rate = 1;
  private idleLimit: number | null = null;
  private until: string | null;
  private loop: { readonly from: string; readonly to: string } | null;
  private types: readonly string[] | null;
  private participants: readonly string[] | null;
  private text: string | null;
  private as: string | null;
  /** It was said that all eyes are asked for. */
  private asksForAll = false;
  /** On its way to live again: what was missed is played as fast as can be, since a seek to the end would leave it out. */
  private catching = false;

  constructor(
    private readonly given: Query,
    private readonly shared: boolean,
  ) {
    this.until = given.until ?? null;
    this.loop = null;
    this.types = listOf(given.types);
    this.participants = listOf(given.participants);
    this.text = given.text ?? null;
    this.as = given.as ?? null;
  }

  /** The query of the next connection. `views`: the names of those subscribed to. */
  query(views: readonly string[]): Query {
    const { cursor, given } = this;
    const projections = views.length === 0 ? {} : { projections: views.join(',') };
    // What of the address is not ours to know goes along.
    if (cursor === undefined) return { ...without(given, ['projections']), ...projections };
    const own = { ...this.filters(), ...projections, after: cursor };
    this.catching = !this.shared && this.status === 'live';
    if (this.shared) return own;
    const { from, follow, pauseOn } = given;
    return {
      ...own,
      rate: String(this.catching ? FASTEST : this.rate),
      paused: String(this.status === 'paused' || this.status === 'ended'),
      ...(this.idleLimit === null ? {} : { idleLimit: String(this.idleLimit) }),
      ...(this.until === null || this.catching ? {} : { until: this.until }),
      ...(this.loop === null || this.follows() ? {} : { loop: `${this.loop.from},${this.loop.to}` }),
      ...(this.catching ? { follow: 'true' } : follow === undefined ? {} : { follow }),
      ...(pauseOn === undefined ? {} : { pauseOn }),
      // An end that was set before the start is no opening that the server takes; the place is the cursor's anyhow.
      ...(from === undefined || isBefore(this.until, from) ? {} : { from }),
    };
  }

  /** What no query can say, to be said first on a connection that goes on. */
  afterOpening(): Control[] {
    return !this.shared && this.cursor !== undefined && this.loop !== null && this.follows() ? [{ type: 'loop', ...this.loop }] : [];
  }

  hello(frame: FrameOf<'hello'>): void {
    if (this.cursor !== undefined || this.shared) return;
    this.rate = frame.nominalRate;
    this.idleLimit = frame.idleLimit;
    this.until = frame.until ?? null;
    this.loop = frame.loop ?? null;
    this.as = frame.as ?? null;
  }

  /** The place of what was received last. */
  reached(cursor: string): void {
    this.cursor = cursor;
  }

  /**
   * Takes a clock as it was told. Answers what of it is only of this connection, as it would be told had there been no
   * other, and what to say to the server about that.
   */
  clock(frame: FrameOf<'clock'>, first: boolean): { readonly nominalRate: number; readonly status: Status; readonly say: readonly Control[] } {
    const resumed = first && this.cursor !== undefined && !this.shared;
    // A replay that stood at its end is opened paused, lest it play what was appended since.
    const status = resumed && this.status === 'ended' && frame.status === 'paused' ? 'ended' : frame.status;
    if (!this.catching) {
      this.rate = frame.nominalRate;
      this.status = status;
      return { nominalRate: frame.nominalRate, status, say: [] };
    }
    const asked = frame.requestId !== undefined || (frame.didSeek && !first);
    const onItsWay = status === 'playing' || status === 'held';
    if (onItsWay && !asked) return { nominalRate: this.rate, status, say: [] };
    // It stands at a chapter that was appended: live it would not have.
    if (status === 'paused' && !asked) return { nominalRate: this.rate, status, say: [{ type: 'play' }] };
    this.catching = false;
    this.status = status;
    const until: Control[] = this.until === null ? [] : [{ type: 'until', at: this.until }];
    return { nominalRate: this.rate, status, say: [{ type: 'rate', rate: this.rate }, ...until] };
  }

  /** The server has done what this message asks for. */
  accepted(message: Control): void {
    switch (message.type) {
      case 'rate':
        this.rate = message.rate;
        return;
      case 'until':
        this.until = message.at;
        return;
      case 'loop':
        this.loop = message.from === null || message.to === null ? null : { from: message.from, to: message.to };
        return;
      case 'live':
        this.loop = null;
        return;
      case 'idleLimit':
        this.idleLimit = message.seconds;
        return;
      case 'filter':
        if (message.types !== undefined) this.types = message.types;
        if (message.participants !== undefined) this.participants = message.participants;
        if (message.text !== undefined) this.text = message.text;
        if (message.as !== undefined) {
          this.as = message.as;
          this.asksForAll = message.as === null;
        }
        return;
    }
  }

  private follows(): boolean {
    const { follow } = this.given;
    return this.catching || (follow !== undefined && follow !== 'false' && follow !== '0');
  }

  private filters(): Query {
    const { types, participants, text } = this;
    // A shared session may have eyes of its own: that these are everybody's is said.
    const as = this.as ?? (this.shared && this.asksForAll ? '' : null);
    const now: Record<(typeof OWN)[number], string | null> = { types: types?.join(',') ?? null, participants: participants?.join(',') ?? null, text, as };
    return Object.fromEntries(OWN.flatMap((name) => (now[name] === null ? [] : [[name, now[name]]])));
  }
}

function without(query: Query, names: readonly string[]): Query {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name)));
}

function isBefore(until: string | null, from: string): boolean {
  return until !== null && (parseInstant(until) ?? Infinity) < (parseInstant(from) ?? -Infinity);
}
