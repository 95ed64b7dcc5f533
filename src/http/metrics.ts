/**
 * What is counted for whoever watches the server: a registry of its own, filled as things happen and completed at each scrape.
 * Invariants: at most `MOST_STORIES` stories have a name of their own; a scrape looks at no more than a few thousand objects,
 * however many watch; counting never fails what it counts. Unit: as the names say.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isHindcastError } from '../errors.js';
import { type ServerFrame, serverFrames } from '../protocol.js';
import type { WatcherCounts, Watching } from '../sessions/sessions.js';
import type { Watcher } from '../sessions/watcher.js';
import type { Lag, Timeline } from '../timeline/timeline.js';

/** So many stories have a label of their own; all others share `other`. */
export const MOST_STORIES = 100;
const OTHER = 'other';
/** So many watchers are asked at a scrape what they have not read yet; of more, an even share is asked. */
const MOST_ASKED = 4_000;
/** So many stories are counted anew at a scrape for what of them was set aside; of more, the rest at the next. */
const MOST_RECOUNTED = 10;
/** How often the delay of the event loop is sampled; a sample has this in it. */
const SAMPLE_MS = 10;

const LATENESS_MS = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192];
const TYPES: ReadonlySet<string> = new Set(Object.keys(serverFrames));
const START = '{"type":"';

export interface MetricsOptions {
  readonly timeline: Timeline;
  /** For how many ms the log has not answered. */
  readonly silentMs?: () => number;
  /** Monotonic clock in ms. */
  readonly now?: () => number;
}

export interface Metrics {
  readonly contentType: string;
  /** Everything as Prometheus reads it. */
  text(): Promise<string>;
  /** For the sessions: begins to count a watcher. */
  readonly count: (watching: Watching) => WatcherCounts;
  /** For the sessions: an event was handed on, by so much late. */
  readonly delivered: (lateMs: number, story: string) => void;
  /** Where the number of open sockets is to be had. */
  useSockets(open: () => number): void;
  close(): void;
}

type Playing = 'playing' | 'held';

/** What is known of the stories under one label. */
interface Tally {
  readonly label: string;
  readonly frames: Map<string, number>;
  readonly lateness: { observe(ms: number): void };
  /** How many of its watchers watch each session. */
  readonly sessions: Map<string, number>;
  watchers: number;
  lagging: number;
  /** How many clocks play, and are held, since `since`; before that, for how many ms all of them together. */
  readonly clocks: Record<Playing, number>;
  readonly played: Record<Playing, number>;
  since: number;
}

interface Counted {
  readonly tally: Tally;
  readonly watcher: Watcher;
  /** Its place among all. */
  at: number;
}

/** The type of a frame, without reading the rest of it. */
function typeOf(frame: string): string {
  const type = frame.startsWith(START) ? frame.slice(START.length, frame.indexOf('"', START.length)) : (JSON.parse(frame) as ServerFrame).type;
  return TYPES.has(type) ? type : OTHER;
}

/** How many frames of each type a list has, and how its last clock stands. */
interface Contents {
  readonly numbers: ReadonlyMap<string, number>;
  readonly clock: string | undefined;
}

/** Looks through a list once, however many are sent it one after another. */
function contents(): (texts: readonly string[]) => Contents {
  let of: readonly string[] | undefined;
  let known: Contents = { numbers: new Map(), clock: undefined };
  return (texts) => {
    if (texts === of) return known;
    const numbers = new Map<string, number>();
    let clock: string | undefined;
    for (const text of texts) {
      const type = typeOf(text);
      numbers.set(type, (numbers.get(type) ?? 0) + 1);
      if (type === 'clock') clock = (JSON.parse(text) as { status: string }).status;
    }
    of = texts;
    known = { numbers, clock };
    return known;
  };
}

export function createMetrics({ timeline, silentMs = () => 0, now = () => performance.now() }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'hindcast_' });
  const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge({ name: `hindcast_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, ...labelNames: string[]) => new Counter({ name: `hindcast_${name}`, help, labelNames, registers });

  const sessions = gauge('sessions', 'Live sessions.', 'story');
  const watchers = gauge('watchers', 'Watchers of live sessions.', 'story');
  const held = gauge('watchers_held', 'Watchers whose clock is held because they do not read fast enough.', 'story');
  const lagging = gauge('watchers_lagging', 'Watchers of shared sessions that see less than is played because they do not keep up.', 'story');
  const buffered = gauge('buffered_bytes', `Bytes taken by watchers and not handed to the network; beyond ${MOST_ASKED} watchers, by an even sample.`, 'story');
  const achieved = gauge(
    'rate_achieved_ratio',
    'Mean, over the sessions whose clock is to run, of the rate achieved to the rate requested: 1 where it runs, 0 where it is held.',
    'story',
  );
  const replayed = counter('replay_seconds_total', 'Seconds for which clocks ran (playing) and for which they were to run and were held.', 'story', 'status');
  const frames = counter('frames_sent_total', 'Frames sent, by type.', 'story', 'type');
  const lateness = new Histogram({
    name: 'hindcast_event_lateness_ms',
    help: 'By how many ms an event was handed to its watcher after it was due; of a shared session once for all of them.',
    labelNames: ['story'],
    buckets: LATENESS_MS,
    registers,
  });
  const sockets = gauge('open_sockets', 'Open WebSockets, whether or not a session came of them.');
  const loop = gauge('event_loop_delay_seconds', 'Delay of the event loop since the last scrape, beyond the sampling interval.', 'stat');
  const isBehind = gauge('read_model_behind', '1 while the read model is not up to date with the log, else 0.');
  const age = gauge('read_model_age_seconds', 'How much older than the log what is read may be; none before the read model has first caught up.');
  const silent = gauge('log_silent_seconds', 'For how long the log has not answered.');
  const lagEvents = gauge('read_model_lag_events', 'Events of the log that the read model has not seen.', 'story');
  const lagSeconds = gauge('read_model_lag_seconds', 'For how long a view of the story has been behind the log.', 'story');
  const views = gauge('views', 'Views that are not current, by what is done about it.', 'story', 'status');
  const aside = gauge('events_set_aside', 'Stored events that could not be read and have no effect.', 'story');

  const foreign = gauge('events_foreign', 'Stored events in streams whose name begins as a story has it and names none; they are passed over.');

  const tallies = new Map<string, Tally>();
  const all: Counted[] = [];
  /** Stories with a label whose events are to be counted anew. */
  const changed = new Set<string>();
  let named = 0;

  const tallyOf = (label: string): Tally => {
    const known = tallies.get(label);
    if (known !== undefined) return known;
    const tally: Tally = {
      label,
      frames: new Map(),
      lateness: lateness.labels(label),
      sessions: new Map(),
      watchers: 0,
      lagging: 0,
      clocks: { playing: 0, held: 0 },
      played: { playing: 0, held: 0 },
      since: now(),
    };
    lateness.zero({ story: label });
    tallies.set(label, tally);
    return tally;
  };
  /** The tally of a story that there is. First come, first named. */
  const tallyOfStory = (story: string): Tally => {
    const known = story === OTHER ? undefined : tallies.get(story);
    if (known !== undefined) return known;
    if (story === OTHER || named >= MOST_STORIES) return tallyOf(OTHER);
    named++;
    changed.add(story);
    return tallyOf(story);
  };

  for (const { id } of timeline.stories()) {
    if (named >= MOST_STORIES) break;
    tallyOfStory(id);
  }
  const stopCommits = timeline.onCommit((story) => {
    const tally = tallyOfStory(story);
    if (tally.label !== OTHER) changed.add(tally.label);
  });
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  let openSockets = () => 0;

  /** Adds up for how long its clocks have played and been held. */
  const settle = (tally: Tally): void => {
    const at = now();
    for (const status of ['playing', 'held'] as const) tally.played[status] += tally.clocks[status] * (at - tally.since);
    tally.since = at;
  };

  const contentsOf = contents();

  const count = ({ session, story, watcher }: Watching): WatcherCounts => {
    const tally = tallyOfStory(story);
    const me: Counted = { tally, watcher, at: all.length };
    all.push(me);
    tally.watchers++;
    tally.sessions.set(session, (tally.sessions.get(session) ?? 0) + 1);
    let clock: Playing | undefined;
    let isLagging = false;
    let isGone = false;
    const clockIs = (status: Playing | undefined): void => {
      if (status === clock) return;
      settle(tally);
      if (clock !== undefined) tally.clocks[clock]--;
      if (status !== undefined) tally.clocks[status]++;
      clock = status;
    };
    const lags = (is: boolean): void => {
      if (is !== isLagging) tally.lagging += is ? 1 : -1;
      isLagging = is;
    };
    return {
      sent(texts) {
        const { numbers, clock: last } = contentsOf(texts);
        for (const [type, number] of numbers) tally.frames.set(type, (tally.frames.get(type) ?? 0) + number);
        if (last !== undefined && !isGone) clockIs(last === 'playing' || last === 'held' ? last : undefined);
      },
      lagging(is) {
        if (!isGone) lags(is);
      },
      gone() {
        if (isGone) return;
        isGone = true;
        clockIs(undefined);
        lags(false);
        const last = all.pop() as Counted;
        if (last !== me) {
          all[me.at] = last;
          last.at = me.at;
        }
        tally.watchers--;
        const left = (tally.sessions.get(session) ?? 1) - 1;
        if (left === 0) tally.sessions.delete(session);
        else tally.sessions.set(session, left);
      },
    };
  };

  let scrapes = 0;
  const gatherBuffered = (): void => {
    const share = Math.max(1, Math.ceil(all.length / MOST_ASKED));
    const sums = new Map<string, number>();
    for (let i = scrapes++ % share; i < all.length; i += share) {
      const { tally, watcher } = all[i] as Counted;
      sums.set(tally.label, (sums.get(tally.label) ?? 0) + watcher.buffered() * share);
    }
    for (const { label } of tallies.values()) buffered.set({ story: label }, sums.get(label) ?? 0);
  };

  const gatherSessions = (): void => {
    frames.reset();
    replayed.reset();
    for (const tally of tallies.values()) {
      settle(tally);
      const { label: story, clocks, played } = tally;
      sessions.set({ story }, tally.sessions.size);
      watchers.set({ story }, tally.watchers);
      held.set({ story }, clocks.held);
      lagging.set({ story }, tally.lagging);
      const running = clocks.playing + clocks.held;
      if (running > 0) achieved.set({ story }, clocks.playing / running);
      else achieved.remove({ story });
      for (const status of ['playing', 'held'] as const) replayed.inc({ story, status }, played[status] / 1000);
      for (const [type, number] of tally.frames) frames.inc({ story, type }, number);
    }
    gatherBuffered();
    sockets.set(openSockets());
  };

  /** How far each view of a story is behind; undefined where the log is away, and nobody knows. */
  const lagsOf = async (story: string): Promise<readonly Lag[] | undefined> => {
    try {
      return await Promise.all(timeline.projections.map((view) => timeline.lag(story, view)));
    } catch (error) {
      if (isHindcastError(error) && error.code === 'log-unavailable') return undefined;
      throw error;
    }
  };

  const gatherTimeline = async (): Promise<void> => {
    isBehind.set(timeline.behind() === undefined ? 0 : 1);
    const lag = timeline.lagMs();
    if (lag === undefined) age.remove();
    else age.set(lag / 1000);
    silent.set(silentMs() / 1000);
    foreign.set(timeline.foreign());
    for (const story of tallies.keys()) {
      if (story === OTHER || !timeline.has(story)) continue;
      const lags = await lagsOf(story);
      // What was known last stays. Each further story would wait for the same log.
      if (lags === undefined) break;
      const are = (status: Lag['status']) => lags.filter((lag) => lag.status === status).length;
      lagEvents.set({ story }, Math.max(0, ...lags.map((lag) => lag.events)));
      lagSeconds.set({ story }, Math.max(0, ...lags.filter((lag) => lag.events > 0 || lag.status !== 'current').map((lag) => lag.seconds)));
      for (const status of ['building', 'refolding', 'failed'] as const) views.set({ story, status }, are(status));
    }
    for (const story of [...changed].slice(0, MOST_RECOUNTED)) {
      changed.delete(story);
      const about = timeline.story(story);
      if (about !== undefined) aside.set({ story }, about.withoutEffect.setAside);
    }
  };

  const gatherLoop = (): void => {
    const beyond = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - SAMPLE_MS / 1000) : 0);
    loop.set({ stat: 'mean' }, beyond(delay.mean));
    loop.set({ stat: 'p99' }, beyond(delay.percentile(99)));
    loop.set({ stat: 'max' }, beyond(delay.max));
    delay.reset();
  };

  /** One at a time: who asks meanwhile is given the same. */
  let gathering: Promise<string> | undefined;
  const gather = async (): Promise<string> => {
    await gatherTimeline();
    gatherSessions();
    gatherLoop();
    return registry.metrics();
  };

  return {
    contentType: registry.contentType,
    text() {
      gathering ??= gather().finally(() => {
        gathering = undefined;
      });
      return gathering;
    },
    count,
    delivered: (lateMs, story) => tallyOfStory(story).lateness.observe(lateMs),
    useSockets(open) {
      openSockets = open;
    },
    close() {
      stopCommits();
      delay.disable();
      registry.clear();
    },
  };
}
