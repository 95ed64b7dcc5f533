/**
 * Full load and flat memory: one shared session with 200 watchers and 200 private sessions play loops of an evenly spaced story,
 * while another story, which 20 watch live, is appended to over HTTP. Some of each come and go, and come back with their last
 * cursor; one viewer of the shared session is stopped for stretches and told `lagging`; its host seeks and changes the rate;
 * the metrics are scraped. Server and watchers are processes of their own. Two minutes; --minutes=30 by hand, --watchers=…,
 * --rate=… and --appends=… for other loads.
 * Fails where the heap, garbage collected, or what is held outside of it grew over the last three quarters by more than 5 % and
 * 2 MB (of the line that fits the samples best); where a watcher missed an event of a take or was sent one twice; where those
 * who watch one clock saw different takes; where a private clock fell behind; where an append was lost.
 * How late events were does not count while garbage is collected for a sample.
 */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { formatInstant } from '../events/story-time.js';
import { MOST_UNSENT } from '../src/sessions/watcher.js';
import type { Attentive, Kind, Party, Verdict } from './support/attentive.js';
import { EVEN_START, evenDraft, evenId } from './support/even-story.js';
import { removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import { numberOption } from './support/options.js';
import type { Serving } from './support/serving.js';
import { brief, percentile, table } from './support/stats.js';
import type { Memory } from './support/usage.js';

const RUN_MS = numberOption('minutes', 2) * 60_000;
const WATCHERS = numberOption('watchers', 200);
/** Events a second of the shared session; a private one plays a quarter as fast. */
const PER_SECOND = numberOption('rate', 20);
const APPENDS_PER_SECOND = numberOption('appends', 30);
const LIVE = 20;
const COME_AND_GO: Readonly<Record<Kind, number>> = { shared: 4, private: 4, live: 2 };
/** Every so many watchers one is shown views as well. */
const VIEWS_FOR_ONE_IN = 10;
const VIEWS = 'unanswered-requests,participants';
const SHARED_LOOP_S = 30;
const PRIVATE_RATE = 0.25;
const PRIVATE_LOOP_S = 5;
const SAMPLE_MS = Math.max(2_000, Math.min(10_000, RUN_MS / 30));
const CONTROL_MS = 7_000;
/** The slow viewer: shorter than a socket may be silent. */
const [STOPPED_MS, GOES_MS] = [25_000, 8_000];
const SETTLE_MS = 2_000;
const PROTOCOL = 'hindcast.v1';
const BOUND = { share: 0.05, bytes: 2 * 1_024 * 1_024 };
/** Of what was due of a private session. */
const LEAST_PLAYED = 0.95;

const EVEN = { perSecond: PER_SECOND };
const STORY = { story: 'even', events: PER_SECOND * SHARED_LOOP_S, ...EVEN };
/** What is appended to: a message each second of story time. */
const DIARY = { story: 'diary', events: 100, perSecond: 1 };
/** Enough of the story that it is never played at its own pace. */
const FASTEST = 10_000_000;

const megabytes = (bytes: number) => bytes / 1_024 / 1_024;
const loopOf = (seconds: number) => [formatInstant(EVEN_START), formatInstant(EVEN_START + seconds * 1_000)];

const faults: string[] = [];

async function answered<T>(response: Response, status: number): Promise<T> {
  if (response.status !== status) throw new Error(`${response.url} was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
const json = (body: unknown) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

// ---- what is done meanwhile ---------------------------------------------------------------------

let isOver = false;
const begun: { readonly what: string; readonly done: Promise<void> }[] = [];

function meanwhile(what: string, action: () => Promise<void>): void {
  begun.push({ what, done: action().catch((error: unknown) => void faults.push(`${what}: ${error}`)) });
}

/** Waits, and answers whether it goes on. */
async function goesOn(ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (!isOver && performance.now() < until) await wait(Math.min(100, Math.max(1, until - performance.now())));
  return !isOver;
}

/** Appends one after another, aimed from an absolute anchor. */
function appending(base: string) {
  let acknowledged = DIARY.events;
  const took: number[] = [];
  meanwhile('the writer', async () => {
    const began = performance.now();
    for (let n = 0; await goesOn(began + (n * 1_000) / APPENDS_PER_SECOND - performance.now()); n++) {
      const sent = performance.now();
      await answered(await fetch(`${base}/stories/${DIARY.story}/events`, json(evenDraft(acknowledged, DIARY))), 201);
      if (n % 10 === 0) took.push(performance.now() - sent);
      acknowledged++;
    }
  });
  return { acknowledged: () => acknowledged, took };
}

/** All that is stored of it, in story order. */
async function stored(base: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const page = await answered<{ events: { id: string }[]; next: string | null }>(
      await fetch(`${base}/stories/${DIARY.story}/events?limit=1000${after === '' ? '' : `&after=${after}`}`),
      200,
    );
    ids.push(...page.events.map(({ id }) => id));
    if (page.next === null || page.next === undefined) return ids;
    after = page.next;
  }
}

interface Host {
  /** Resolves with the answer. */
  tell(message: Readonly<Record<string, unknown>>): Promise<void>;
  controls(): number;
  close(): void;
}

async function hostOf(base: string, id: string, hostToken: string): Promise<Host> {
  const waiting = new Map<number, { done: () => void; failed: (error: Error) => void }>();
  let told = 0;
  const socket = new WebSocket(`${base.replace('http', 'ws')}/sessions/${id}/replay?types=TweetPosted`, [PROTOCOL]);
  socket.on('message', (data: Buffer) => {
    const { type, requestId, message } = JSON.parse(data.toString()) as { type: string; requestId?: number; message?: string };
    const one = waiting.get(requestId ?? -1);
    waiting.delete(requestId ?? -1);
    if (type === 'error') one?.failed(new Error(message));
    else one?.done();
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'auth', token: hostToken }));
  return {
    tell(message) {
      const requestId = told++;
      return new Promise((done, failed) => {
        waiting.set(requestId, { done, failed });
        socket.send(JSON.stringify({ ...message, requestId }));
      });
    },
    controls: () => told,
    close: () => socket.terminate(),
  };
}

function hosting(host: Host): void {
  meanwhile('the host', async () => {
    const rates = [2, 0.5, 1];
    for (let n = 0; await goesOn(CONTROL_MS); n++) {
      const at = formatInstant(EVEN_START + Math.floor(Math.random() * SHARED_LOOP_S * 1_000));
      await host.tell(n % 2 === 0 ? { type: 'seek', at } : { type: 'rate', rate: rates[(n >> 1) % rates.length] });
    }
    await host.tell({ type: 'pause' });
  });
}

// ---- the run ------------------------------------------------------------------------------------

interface Sample extends Memory {
  /** Ms since it began. */
  readonly at: number;
  readonly most: number;
  readonly mean: number;
  /** Since the sample before: how late the latest event was, and the longest that the server's event loop had no turn. */
  readonly worst: number;
  readonly longestTurn: number;
}

/** The line that fits best: its value where it begins and where it ends. */
function fitted(samples: readonly Sample[], of: (sample: Sample) => number): { readonly from: number; readonly to: number; readonly perMinute: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, level] = [mean(samples.map(({ at }) => at)), mean(samples.map(of))];
  const spread = mean(samples.map(({ at }) => (at - middle) ** 2));
  const slope = mean(samples.map((sample) => (sample.at - middle) * (of(sample) - level))) / spread;
  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
  return { from: level + slope * (first.at - middle), to: level + slope * (last.at - middle), perMinute: slope * 60_000 };
}

async function run(): Promise<void> {
  const app = startHelper<Serving>('serving', [], ['--expose-gc']);
  const watching = startHelper<Attentive>('attentive');
  const port = await app.ask('port');
  const base = `http://127.0.0.1:${port}`;
  await app.ask('tell', STORY);
  await app.ask('tell', DIARY);

  const opening = { story: STORY.story, rate: 1, paused: true, loop: loopOf(SHARED_LOOP_S) };
  const { id, hostToken } = await answered<{ id: string; hostToken: string }>(await fetch(`${base}/sessions`, json(opening)), 201);
  const host = await hostOf(base, id, hostToken);
  const shared = { kind: 'shared', port, path: `/sessions/${id}/replay`, events: STORY.events, ...EVEN } as const;
  const privately = {
    kind: 'private',
    port,
    path: `/stories/${STORY.story}/replay?rate=${PRIVATE_RATE}&loop=${loopOf(PRIVATE_LOOP_S).join(',')}`,
    events: PER_SECOND * PRIVATE_LOOP_S,
    ...EVEN,
  } as const;
  const live = {
    kind: 'live',
    port,
    path: `/stories/${DIARY.story}/replay?rate=${FASTEST}&follow=true`,
    events: Number.MAX_SAFE_INTEGER,
    perSecond: DIARY.perSecond,
  } as const;
  for (const party of [shared, privately, live] satisfies Omit<Party, 'count'>[]) {
    const all = party.kind === 'live' ? LIVE : WATCHERS;
    const withViews = Math.floor(all / VIEWS_FOR_ONE_IN);
    const path = `${party.path}${party.path.includes('?') ? '&' : '?'}projections=${VIEWS}`;
    await watching.ask('open', { ...party, count: all - withViews - COME_AND_GO[party.kind] });
    await watching.ask('open', { ...party, path, count: withViews });
    await watching.ask('open', { ...party, path, count: COME_AND_GO[party.kind], comeAndGo: true });
  }
  const [slow] = (await watching.ask('open', { ...shared, count: 1, slow: true })) as [number];
  await host.tell({ type: 'play' });
  await wait(SETTLE_MS);

  await watching.ask('begin');
  await wait(SETTLE_MS);
  const began = performance.now();
  const [cpuBefore, eventsBefore] = [await app.ask('cpu'), await watching.ask('events')];
  hosting(host);
  const writer = appending(base);
  meanwhile('the slow viewer', async () => {
    while (await goesOn(GOES_MS)) {
      await app.ask('stop', slow);
      await goesOn(STOPPED_MS);
      await app.ask('letGo', slow);
    }
  });
  const samples: Sample[] = [];
  await watching.ask('count', true);
  for (let next = SAMPLE_MS; performance.now() - began < RUN_MS; next += SAMPLE_MS) {
    await wait(Math.max(0, began + next - performance.now()));
    const unsent = await app.ask('unsent');
    const [worst, longestTurn] = [await watching.ask('count', false), await app.ask('longestTurn')];
    const memory = await app.ask('memory');
    await (await fetch(`${base}/metrics`)).text();
    await wait(100);
    await app.ask('longestTurn');
    await watching.ask('count', true);
    samples.push({ at: performance.now() - began, ...memory, ...unsent, worst, longestTurn });
  }
  await watching.ask('count', false);
  const ranMs = performance.now() - began;
  const [cpuAfter, eventsAfter] = [await app.ask('cpu'), await watching.ask('events')];
  isOver = true;
  for (const { done } of begun) await done;
  await watching.ask('gather');
  await wait(SETTLE_MS);
  const verdict = await watching.ask('verdict');
  const whole = await stored(base);
  host.close();

  judge({ verdict, whole, acknowledged: writer.acknowledged(), playedMs: performance.now() - began });
  report({
    verdict,
    samples,
    cpuShare: (cpuAfter - cpuBefore) / 1_000 / ranMs,
    perSecond: ((eventsAfter - eventsBefore) * 1_000) / ranMs,
    appends: writer.acknowledged() - DIARY.events,
    took: writer.took,
    controls: host.controls(),
    ranMs,
  });
}

function judge({ verdict, whole, acknowledged, playedMs }: { verdict: Verdict; whole: readonly string[]; acknowledged: number; playedMs: number }): void {
  if (verdict.faultCount > 0) faults.push(`${verdict.faultCount} times a watcher was not sent what it was to be sent`, ...verdict.faults);
  const wrong = whole.findIndex((id, i) => id !== evenId(i));
  if (wrong >= 0) faults.push(`what is stored has ${whole[wrong]} as number ${wrong}`);
  if (whole.length !== acknowledged) faults.push(`${acknowledged} appends were acknowledged, and ${whole.length} are stored`);
  for (const next of verdict.live) if (next !== acknowledged) faults.push(`a live watcher was sent ${next} of ${acknowledged}`);
  const due = ((playedMs + SETTLE_MS) / 1_000) * PER_SECOND * PRIVATE_RATE;
  if (verdict.privately[0] < due * LEAST_PLAYED - PER_SECOND)
    faults.push(`a private watcher was sent ${verdict.privately[0]} events of ${brief(due)} that were due`);
  if (verdict.lagged === 0) faults.push('the slow viewer was never told that it lags');
}

interface Figures {
  readonly verdict: Verdict;
  readonly samples: readonly Sample[];
  readonly cpuShare: number;
  readonly perSecond: number;
  readonly appends: number;
  readonly took: readonly number[];
  readonly controls: number;
  readonly ranMs: number;
}

function report({ verdict, samples, cpuShare, perSecond, appends, took, controls, ranMs }: Figures): void {
  const kinds: readonly Kind[] = ['shared', 'private', 'live'];
  const rows = kinds.map((kind) => {
    const { watchers, events, p50, p99, worst } = verdict.sums[kind];
    return [`${kind} watchers`, watchers, events, p50, p99, worst];
  });
  console.log(`\n${table([[`${brief(ranMs / 60_000)} minutes`, 'watchers', 'events', 'late p50 ms', 'p99', 'worst'], ...rows])}`);
  console.log(
    `(${brief(perSecond)} events/s delivered; the server used ${brief(cpuShare)} of a core; ` +
      `${brief(verdict.frames)} frames and ${brief(megabytes(verdict.bytes))} MB in all, ${brief(verdict.patches)} of them patches)`,
  );
  console.log(
    `\n${brief(appends)} appends, ${brief((appends * 1_000) / ranMs)} a second, p50 ${brief(percentile(took, 0.5))} ms, p99 ${brief(percentile(took, 0.99))} ms; ` +
      `${controls} controls; ${verdict.takes} takes and ${brief(verdict.rounds)} rounds watched to their end; ` +
      `${verdict.cameBack} times one came back, with ${brief(verdict.backfilled)} events sent after; ` +
      `${verdict.lagged} times one lagged, with ${brief(verdict.leftOut)} left out`,
  );
  console.log(
    `unsent for one watcher, of ${samples.length} samples: most ${brief(Math.max(...samples.map(({ most }) => most)) / 1_024)} kB ` +
      `(limit ${MOST_UNSENT / 1_024} and what is sent at once), mean ${brief(samples.reduce((sum, { mean }) => sum + mean, 0) / samples.length / 1_024)} kB`,
  );

  const counted = samples.filter(({ at }) => at >= RUN_MS / 4);
  const lines = (['heap', 'external', 'rss'] as const).map((what) => {
    const { from, to, perMinute } = fitted(counted, (sample) => sample[what]);
    const most = from * (1 + BOUND.share) + BOUND.bytes;
    const isBound = what !== 'rss';
    if (isBound && to > most) faults.push(`${what}: from ${brief(megabytes(from))} to ${brief(megabytes(to))} MB, more than ${brief(megabytes(most))}`);
    const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
    return [
      what === 'heap' ? 'heap after gc' : what,
      megabytes(first[what]),
      megabytes(last[what]),
      megabytes(from),
      megabytes(to),
      perMinute / 1_024,
      isBound ? `≤ ${brief(megabytes(most))} MB ${to <= most ? 'met' : 'MISSED'}` : '',
    ];
  });
  console.log(`\n${table([['MB', 'first sample', 'last', 'fitted, from a quarter', 'to the end', 'kB a minute', 'bound'], ...lines])}`);
  const series: readonly (readonly [string, (sample: Sample) => string])[] = [
    ['heap after gc, MB', ({ heap }) => megabytes(heap).toFixed(1)],
    ['rss, MB', ({ rss }) => megabytes(rss).toFixed(0)],
    ['worst late since the sample before, ms', ({ worst }) => worst.toFixed(0)],
    ["longest turn of the server's event loop, ms", ({ longestTurn }) => longestTurn.toFixed(0)],
  ];
  for (const [what, of] of series) console.log(`${what}: ${samples.map(of).join(' ')}`);
}

try {
  await run();
} finally {
  await endHelpers();
  removeBenchFolders();
}
if (faults.length > 0) {
  console.error(`\nFAILED\n${faults.join('\n')}`);
  process.exitCode = 1;
} else console.log('\nnothing was missed, doubled or lost');
