/**
 * A helper: watchers who check what they are sent of an evenly spaced story. Some come and go, and come back with their last
 * cursor. What is checked: of each take every event comes once and in story order, whatever the connection did; a round of a
 * loop is whole; all who watch one clock see the same of a take; what is left out is counted right; patches of a view follow
 * one another.
 * Invariant: what is kept of a watcher does not grow. Unit: ms; a frame's lateness is from when it was due to when it was read
 * here, by the server's clock.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type OrderKey, compareKeys, startOf } from '../../events/story-time.js';
import type { FrameOf, ServerFrame } from '../../src/protocol.js';
import { OffsetEstimate } from '../../src/sdk/offset.js';
import { decodeCursor } from '../../src/timeline/cursor.js';
import { type BareSocket, openBare } from './bare-socket.js';
import { EVEN_START, evenIndex, evenInstant } from './even-story.js';
import { help } from './helpers.js';

/** `shared`: one clock, moved by a host. `private`: a clock each, in a loop. `live`: once through the story and on with what is appended. */
export type Kind = 'shared' | 'private' | 'live';

export interface Party {
  readonly kind: Kind;
  readonly count: number;
  readonly port: number;
  /** With a query. */
  readonly path: string;
  /** Of the story, or of what of it is looped. */
  readonly events: number;
  readonly perSecond: number;
  /** They are away now and then. */
  readonly comeAndGo?: boolean;
  /** Sent less than is played, now and then: how late it is does not count. */
  readonly slow?: boolean;
}

/** Of a take: the first that was sent, undefined where that is not known, and what is next. */
interface Part {
  readonly first: number | undefined;
  next: number;
}

interface Attendee {
  readonly party: Party;
  readonly name: string;
  readonly parts: Map<string, Part>;
  readonly views: Map<string, { readonly generation: number; readonly seq: number }>;
  socket: BareSocket | undefined;
  cursor: string | undefined;
  take: string | undefined;
  pass: number;
  /** The next clock tells where it came in, and not that it jumped. */
  comesIn: boolean;
  status: string | undefined;
  events: number;
}

export interface Sum {
  readonly watchers: number;
  readonly events: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface Verdict {
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly sums: Readonly<Record<Kind, Sum>>;
  readonly frames: number;
  readonly bytes: number;
  readonly cameBack: number;
  readonly backfilled: number;
  readonly lagged: number;
  readonly leftOut: number;
  readonly takes: number;
  readonly rounds: number;
  readonly patches: number;
  /** Least and most events of a private watcher who stays. */
  readonly privately: readonly [number, number];
  /** How many events each live watcher has had. */
  readonly live: readonly number[];
}

const PROTOCOL = 'hindcast.v1';
const AT_ONCE = 20;
const PAUSE_MS = 37;
const PING_MS = 2_000;
const PARTS_KEPT = 6;
const TAKES_KEPT = 64;
const FAULTS_KEPT = 20;
/** Those who come and go: there for so long, and away. */
const THERE_MS = 8_000;
const AWAY_MS = 2_500;
/** Only a live watcher knows no takes. */
const ONE = '';

// ---- lateness -----------------------------------------------------------------------------------

/** So fine, and so far, lateness is told apart. */
const STEP_MS = 0.05;
const STEPS = 40_000;

class Histogram {
  private readonly counts = new Uint32Array(STEPS + 1);
  private all = 0;
  private most = 0;

  add(ms: number): void {
    this.all++;
    this.most = Math.max(this.most, ms);
    const step = Math.min(STEPS, Math.max(0, Math.floor(ms / STEP_MS)));
    this.counts[step] = (this.counts[step] as number) + 1;
  }

  sum(watchers: number, events: number): Sum {
    const at = (share: number) => {
      let left = Math.floor(share * this.all);
      const step = this.counts.findIndex((count) => {
        left -= count;
        return left < 0;
      });
      return step < 0 ? Number.NaN : (step + 0.5) * STEP_MS;
    };
    return { watchers, events, p50: at(0.5), p99: at(0.99), worst: this.most };
  }
}

// ---- what has been seen -------------------------------------------------------------------------

const attendees: Attendee[] = [];
/** What was seen of the takes of the shared clock, by those who told it first. */
const settled = new Map<string, Part>();
const offset = new OffsetEstimate();
const faults: string[] = [];
let faultCount = 0;
let late: Record<Kind, Histogram> = fresh();
let isCounted = false;
let worstOfLate = 0;
let isOver = false;
let total = zero();

function fresh(): Record<Kind, Histogram> {
  return { shared: new Histogram(), private: new Histogram(), live: new Histogram() };
}
function zero() {
  return { frames: 0, bytes: 0, cameBack: 0, backfilled: 0, lagged: 0, leftOut: 0, takes: 0, rounds: 0, patches: 0 };
}

function fault(one: Attendee, what: string): void {
  faultCount++;
  if (faults.length < FAULTS_KEPT) faults.push(`${one.name}: ${what}`);
}

/** How many events lie at or before a place. */
function upTo([instant, seq, id]: OrderKey, { perSecond, events }: Party): number {
  if (!Number.isFinite(instant)) return instant < 0 ? 0 : events;
  const near = Math.floor(((instant - EVEN_START) * perSecond) / 1_000);
  for (let n = Math.max(0, near - 1); n < events; n++) {
    const at = evenInstant(n, { perSecond });
    if (at > instant || (at === instant && compareKeys([instant, seq, id], startOf(instant)) <= 0)) return n;
  }
  return events;
}

const placeOf = lastKnown((cursor) => {
  const { take = ONE, key } = decodeCursor(cursor);
  return { take, key };
});
const frameOf = lastKnown((text) => JSON.parse(text) as ServerFrame);

/** Many are sent the same, one after another: it is read once. */
function lastKnown<T>(read: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
}

/** No more will come of a take: whoever watches the same clock has seen the same of it. */
function settle(one: Attendee, take: string, { first, next }: Part, isHere = false): void {
  const known = settled.get(take);
  const stays = one.party.comeAndGo !== true && one.party.slow !== true;
  if (known === undefined) {
    if (!stays || first === undefined) return;
    settled.set(take, { first, next });
    total.takes++;
    for (const old of [...settled.keys()].slice(0, -TAKES_KEPT)) settled.delete(old);
    return;
  }
  if (first !== undefined && first !== known.first) fault(one, `take ${take} begins with ${first}, for others with ${known.first}`);
  if (stays || isHere ? next !== known.next : next > known.next) fault(one, `take ${take} ends before ${next}, for others before ${known.next}`);
}

function begin(one: Attendee, take: string, part: Part): void {
  one.parts.delete(take);
  one.parts.set(take, part);
  if (one.parts.size <= PARTS_KEPT) return;
  const [oldest, seen] = [...one.parts][0] as [string, Part];
  one.parts.delete(oldest);
  if (one.party.kind === 'shared') settle(one, oldest, seen);
}

// ---- what is sent -------------------------------------------------------------------------------

function onClock(one: Attendee, { cursor, didSeek, pass, status }: FrameOf<'clock'>): void {
  const { party } = one;
  const { take, key } = placeOf(cursor);
  const next = upTo(key, party);
  const [wasIn, wasPass] = [one.comesIn, one.pass];
  const before = one.take === undefined ? undefined : one.parts.get(one.take);
  const isFirst = one.take === undefined;
  one.cursor = cursor;
  one.take = take;
  one.pass = pass;
  one.status = status;
  one.comesIn = false;
  if (isFirst) return begin(one, take, { first: next, next });
  if (party.kind === 'shared') {
    // Where it comes in, what it missed of this take is still to come.
    if (wasIn || one.parts.has(take) || !didSeek) return;
    if (pass === wasPass + 1 && next === 0 && before !== undefined) roundEnded(one, before);
    return begin(one, take, { first: next, next });
  }
  if (before === undefined) return;
  if (wasIn) {
    if (next !== before.next && next % party.events !== before.next % party.events)
      fault(one, `comes back before ${next}, and had seen all before ${before.next}`);
    return;
  }
  if (!didSeek || next === before.next) return;
  if (party.kind === 'live' || next !== 0) return fault(one, `the clock jumps to ${next}, and what had been sent ends before ${before.next}`);
  roundEnded(one, before);
  begin(one, take, { first: 0, next: 0 });
}

function roundEnded(one: Attendee, { next }: Part): void {
  total.rounds++;
  if (next !== one.party.events) fault(one, `a round ends before ${next} of ${one.party.events}`);
}

function onEvent(one: Attendee, frame: FrameOf<'event'>, now: number): void {
  const { party } = one;
  const { take } = placeOf(frame.cursor);
  const index = evenIndex(frame.event.id);
  one.cursor = frame.cursor;
  one.events++;
  const part = one.parts.get(take);
  if (frame.backfill === true) total.backfilled++;
  if (part === undefined) {
    // Of a take that began while it was away.
    if (party.comeAndGo !== true && party.slow !== true) fault(one, `event ${index} is of take ${take}, which it was not told of`);
    begin(one, take, { first: index, next: index + 1 });
  } else {
    if (index !== part.next) fault(one, `event ${index} of take ${take} ${index < part.next ? 'came again' : 'came'}, ${part.next} was next`);
    part.next = index + 1;
  }
  if (frame.late === true && party.kind !== 'live') fault(one, `event ${index} is told to be late, and nothing was recorded`);
  if (!isCounted || frame.backfill === true || frame.late === true || party.slow === true) return;
  const lateMs = now + offset.offset - frame.dueWall;
  late[party.kind].add(lateMs);
  worstOfLate = Math.max(worstOfLate, lateMs);
}

function onLagging(one: Attendee, { from, to, skipped }: FrameOf<'lagging'>): void {
  const [begun, ended] = [placeOf(from), placeOf(to)];
  const next = upTo(ended.key, one.party);
  const part = one.parts.get(ended.take);
  total.lagged++;
  total.leftOut += skipped;
  if (part !== undefined && begun.take === ended.take) {
    const since = upTo(begun.key, one.party);
    if (since !== part.next || next - since !== skipped)
      fault(one, `${skipped} are said to be left out between ${since} and ${next}, and ${part.next} was next`);
  }
  one.cursor = to;
  one.take = ended.take;
  if (part === undefined) begin(one, ended.take, { first: undefined, next });
  else part.next = next;
}

function onView(one: Attendee, { name, generation, seq, state }: FrameOf<'projection'>): void {
  const known = one.views.get(name);
  if (state === undefined) {
    total.patches++;
    if (known === undefined || known.generation !== generation || known.seq + 1 !== seq) {
      fault(one, `patch ${generation}.${seq} of ${name} came after ${known?.generation}.${known?.seq}`);
    }
  }
  one.views.set(name, { generation, seq });
}

function onFrame(one: Attendee, text: string): void {
  const now = performance.now();
  total.frames++;
  total.bytes += text.length;
  const frame = frameOf(text);
  switch (frame.type) {
    case 'hello':
      one.comesIn = one.cursor !== undefined;
      return;
    case 'clock':
      return onClock(one, frame);
    case 'event':
      return onEvent(one, frame, now);
    case 'lagging':
      return onLagging(one, frame);
    case 'projection':
      return onView(one, frame);
    case 'pong':
      return offset.take(frame.t as number, frame.serverNow, now);
    default:
      fault(one, `was sent ${text.slice(0, 200)}`);
  }
}

// ---- who is there -------------------------------------------------------------------------------

async function enter(one: Attendee): Promise<void> {
  const { port, path } = one.party;
  let come = () => {};
  const hasCome = new Promise<void>((resolve) => {
    come = resolve;
  });
  one.views.clear();
  const socket = openBare({
    port,
    path: one.cursor === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}after=${one.cursor}`,
    protocol: PROTOCOL,
    onText(bytes, from, to) {
      try {
        onFrame(one, bytes.toString('utf8', from, to));
      } catch (error) {
        fault(one, String(error));
      }
      if (one.status !== undefined) come();
    },
    onLost(why) {
      fault(one, `was lost: ${why}`);
      come();
    },
  });
  one.status = undefined;
  one.socket = socket;
  await socket.opened;
  await hasCome;
}

async function comeAndGo(one: Attendee): Promise<void> {
  const some = (ms: number) => wait(ms * (0.3 + 0.7 * Math.random()));
  for (await some(THERE_MS); !isOver; await some(THERE_MS)) {
    await one.socket?.close();
    await some(AWAY_MS);
    await enter(one);
    total.cameBack++;
  }
}

const coming: Promise<void>[] = [];

const deeds = {
  /** Lets a party in, a few at a time, and answers the ports that they come from. */
  async open(party: Party): Promise<number[]> {
    const guests: Attendee[] = [];
    for (let i = 0; i < party.count; i++) {
      const name = `${party.kind} watcher ${attendees.length}${party.comeAndGo === true ? ', who comes and goes' : ''}${party.slow === true ? ', who is slow' : ''}`;
      const one: Attendee = {
        party,
        name,
        parts: new Map(),
        views: new Map(),
        socket: undefined,
        cursor: undefined,
        take: undefined,
        pass: 1,
        comesIn: false,
        status: undefined,
        events: 0,
      };
      attendees.push(one);
      guests.push(one);
    }
    for (let i = 0; i < guests.length; i += AT_ONCE) {
      await Promise.all(guests.slice(i, i + AT_ONCE).map(enter));
      await wait(PAUSE_MS);
    }
    return guests.map(({ socket }) => socket?.port() ?? 0);
  },
  /** From now on it is counted, and those who come and go do. */
  begin(): void {
    const ping = () => attendees[0]?.socket?.send(JSON.stringify({ type: 'ping', t: performance.now() }));
    ping();
    setInterval(ping, PING_MS).unref();
    late = fresh();
    total = zero();
    for (const one of attendees) {
      one.events = 0;
      if (one.party.comeAndGo === true) coming.push(comeAndGo(one).catch((error: unknown) => fault(one, String(error))));
    }
  },
  /** Whether how late events are counts, for the time being. Answers how late the latest was since this was said last. */
  count(is: boolean): number {
    isCounted = is;
    const worst = worstOfLate;
    worstOfLate = 0;
    return worst;
  },
  /** Those who are away come back and stay. */
  async gather(): Promise<void> {
    isOver = true;
    await Promise.all(coming);
  },
  /** How many events came so far. */
  events: () => attendees.reduce((sum, { events }) => sum + events, 0),
  /** To be asked when nothing is under way: then all who watch the shared clock are at the same place. */
  verdict(): Verdict {
    for (const one of attendees) if (one.party.kind === 'shared') for (const [take, part] of one.parts) settle(one, take, part, take === one.take);
    const of = (kind: Kind) => attendees.filter(({ party }) => party.kind === kind);
    const sum = (kind: Kind) =>
      late[kind].sum(
        of(kind).length,
        of(kind).reduce((all, { events }) => all + events, 0),
      );
    const stayed = of('private').filter(({ party }) => party.comeAndGo !== true);
    const counts = stayed.map(({ events }) => events);
    return {
      ...total,
      faults,
      faultCount,
      sums: { shared: sum('shared'), private: sum('private'), live: sum('live') },
      privately: [Math.min(...counts), Math.max(...counts)],
      live: of('live').map(({ parts }) => parts.get(ONE)?.next ?? 0),
    };
  },
};
export type Attentive = typeof deeds;

help(deeds);
