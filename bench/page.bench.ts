/**
 * The page in a real browser, headless Chromium, against the app as it is built in a process of its own, on loopback. Four parts,
 * of which --only=load,frames,seek,memory takes some:
 * - load: from a cold load, nothing cached, until the first event is painted after play is pressed as soon as it can be. Limit: a
 *   page that paints one line of text. Peer: a plain script that opens the replay and paints its first event as text.
 * - frames: those that are dropped while 1,000 events a second play for ten seconds. An interval counts that is over 1.5 times the
 *   median interval of the same page paused, which is the limit.
 * - seek: in a story of 100,000 events (--events), from a press on the scrubber to the painted state, --seeks=30 random moments. Limit: one HTTP fetch
 *   of the events that stand on the stage then.
 * - memory: JS heap after garbage collection, and DOM nodes, while --rate=100 events a second play for --minutes=3. An hour of such
 *   a story is 360,000 events: --minutes=60, or as many in less time, --minutes=6 --rate=1000. Fails where it grew from the first
 *   quarter to the last by more than 5 % and 2 MB, or 5 % and 200 nodes.
 * Interleaved rounds; ms; medians over the rounds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { formatInstant } from '../events/story-time.js';
import { seeded } from './support/big-story.js';
import { openChromium } from '../test/support/chromium.js';
import { EVEN_START, evenIndex, evenInstant } from './support/even-story.js';
import { removeBenchFolders } from './support/folders.js';
import { endHelpers, startHelper } from './support/helpers.js';
import { numberOption, wordsOption } from './support/options.js';
import { addressOf, HOOKS } from './support/page-hooks.js';
import { type Frames, type Loaded, loadProbe, PROBE, type Sought, type Wanted } from './support/page-probe.js';
import type { PlainPages } from './support/plain-pages.js';
import { median } from './support/rounds.js';
import type { Serving } from './support/serving.js';
import { brief, percentile, table } from './support/stats.js';

const PARTS = wordsOption('only', ['load', 'frames', 'seek', 'memory']);
const ROUNDS = numberOption('rounds', 5);
const MINUTES = numberOption('minutes', 3);
const RATE = numberOption('rate', 100);

const LOADS_A_ROUND = 3;
const FRAMES_MS = 10_000;
const FAST = 1_000;
/** So much longer than at rest a frame takes that is counted as dropped. */
const DROPPED = 1.5;
const SEEKS = numberOption('seeks', 30);
const LONG = { story: 'long', events: numberOption('events', 100_000), perSecond: 10 };
const SIZE = { width: 1280, height: 800 };
const BOUND = { share: 0.05, heap: 2 * 1_024 * 1_024, nodes: 200 };
/** What has not come by then does not come. */
const LONGEST_MS = 30_000;
const START = formatInstant(EVEN_START);

/** Says what is done in a page; what comes back is what the probe says it is. */
const inPage = <T>(page: Page, script: string): Promise<T> => page.evaluate(script) as Promise<T>;

async function within<T>(what: string, done: Promise<T>): Promise<T> {
  const late = new AbortController();
  const none = wait(LONGEST_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what}: it did not come within ${LONGEST_MS / 1_000} s`);
  });
  try {
    return await Promise.race([done, none]);
  } finally {
    late.abort();
    none.catch(() => {});
  }
}

/** Opens an address in a browser that has seen nothing yet, with a probe in it. */
async function fresh<T>(browser: Browser, address: string, probe: string, use: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: SIZE });
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.addInitScript(probe);
    await page.goto(address);
    const result = await use(page);
    if (complaints.length > 0) throw new Error(`the page complains: ${complaints[0]}`);
    return result;
  } finally {
    await context.close();
  }
}

const stands = (page: Page, ...statuses: string[]) =>
  page
    .locator(statuses.map((status) => `body[${HOOKS.status}=${status}]`).join(', '))
    .waitFor({ timeout: LONGEST_MS })
    .catch(() => {
      throw new Error(`the page did not come to be ${statuses.join(' or ')}`);
    });
const newestOf = (ids: readonly string[]) => Math.max(-1, ...ids.map(evenIndex));

// ---- from a cold load to the first event --------------------------------------------------------

async function load(browser: Browser, app: number, plain: number): Promise<void> {
  const replay = `ws://127.0.0.1:${app}/stories/brief/replay?rate=1`;
  const contestants: readonly { readonly name: string; readonly address: string; readonly wanted: Wanted }[] = [
    { name: 'the page', address: addressOf(app, 'brief'), wanted: { painted: HOOKS.article, presses: true } },
    { name: 'a page of one line (limit)', address: `http://127.0.0.1:${plain}/`, wanted: { painted: '#line', presses: false } },
    {
      name: 'a plain script and a WebSocket',
      address: `http://127.0.0.1:${plain}/replay?replay=${encodeURIComponent(replay)}`,
      wanted: { painted: '#list li', presses: false },
    },
  ];
  const rounds = contestants.map(() => [] as Loaded[][]);
  for (let round = 0; round <= ROUNDS; round++) {
    const took = contestants.map(() => [] as Loaded[]);
    for (let n = 0; n < LOADS_A_ROUND; n++) {
      for (let i = 0; i < contestants.length; i++) {
        const at = (i + n + round) % contestants.length;
        const { name, address, wanted } = contestants[at] as (typeof contestants)[number];
        const one = await fresh(browser, address, loadProbe(wanted), (page) => within(name, inPage<Loaded>(page, 'window.benchLoad')));
        took[at]?.push(one);
      }
    }
    // A first round, to warm up, is not counted.
    if (round > 0) for (const [i, list] of took.entries()) rounds[i]?.push(list);
  }
  const over = (i: number, of: (one: Loaded) => number) => (rounds[i] ?? []).map((list) => median(list.map(of)));
  const painted = contestants.map((_, i) => over(i, (one) => one.painted));
  const ratio = (i: number, to: number) => (i === to ? '' : median((painted[i] ?? []).map((ms, n) => ms / (painted[to]?.[n] as number))));
  const rows = contestants.map(({ name, wanted }, i): (string | number)[] => [
    name,
    median(painted[i] ?? []),
    wanted.presses ? median(over(i, (one) => one.pressed ?? Number.NaN)) : '',
    wanted.presses ? median(over(i, (one) => one.painted - (one.pressed ?? Number.NaN))) : '',
    ratio(i, 1),
    ratio(i, 2),
  ]);
  console.log(`\n${table([['cold load, ms until', 'painted', 'play could be pressed', 'from press to paint', 'to limit', 'to peer'], ...rows])}`);
  console.log(`(medians of ${ROUNDS} rounds of ${LOADS_A_ROUND} loads)`);
}

// ---- frames while a thousand events a second play -----------------------------------------------

interface Smoothness {
  readonly frames: number;
  readonly dropped: number;
  readonly longest: number;
  readonly events: number;
  readonly held: number;
}

function smoothness({ intervals, held }: Frames, usual: number, events: number): Smoothness {
  return { frames: intervals.length, dropped: intervals.filter((ms) => ms > DROPPED * usual).length, longest: Math.max(...intervals), events, held };
}

async function frames(browser: Browser, app: number): Promise<void> {
  const address = addressOf(app, 'fast', { at: START, rate: 1 });
  const paused: Smoothness[] = [];
  const playing: Smoothness[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    await fresh(browser, address, PROBE, async (page) => {
      await stands(page, 'paused');
      const look = () => within('frames', inPage<Frames>(page, `bench.frames(${FRAMES_MS})`));
      const still = await look();
      const usual = median(still.intervals);
      const before = newestOf(await inPage(page, 'bench.ids()'));
      await page.click(HOOKS.play);
      await stands(page, 'playing', 'held');
      const moving = await look();
      const after = newestOf(await inPage(page, 'bench.ids()'));
      if (after < before + 1) throw new Error('nothing played');
      if (round === 0) return;
      paused.push(smoothness(still, usual, 0));
      playing.push(smoothness(moving, usual, after - before));
    });
  }
  const over = (list: readonly Smoothness[], of: (one: Smoothness) => number) => median(list.map(of));
  const row = (name: string, list: readonly Smoothness[]): (string | number)[] => [
    name,
    over(list, ({ frames: n }) => n),
    over(list, ({ dropped }) => dropped),
    `${brief(over(list, ({ dropped, frames: n }) => (dropped / n) * 100))} %`,
    over(list, ({ longest }) => longest),
    over(list, ({ events }) => events),
    `${brief(over(list, ({ held }) => held * 100))} %`,
  ];
  const head = [`${brief(FRAMES_MS / 1_000)} s`, 'frames', 'dropped', 'of all', 'longest, ms', 'events shown', 'of the time held'];
  console.log(`\n${table([head, row(`the page, ${brief(FAST)} events/s`, playing), row('the same paused (limit)', paused)])}`);
  console.log(`(medians of ${ROUNDS} rounds; dropped: over ${DROPPED} times the median interval of the same page paused)`);
}

// ---- seeks --------------------------------------------------------------------------------------

async function seek(browser: Browser, app: number): Promise<void> {
  const random = seeded(11);
  const sought: number[] = [];
  const fetched: number[] = [];
  const shown: number[] = [];
  await fresh(browser, addressOf(app, LONG.story), PROBE, async (page) => {
    await stands(page, 'paused');
    const box = await page.locator(HOOKS.scrubber).boundingBox();
    if (box === null) throw new Error('the scrubber is not to be seen');
    for (let n = -2; n < SEEKS; n++) {
      // Not at its ends, where a thumb has its margin.
      const share = 0.05 + 0.9 * random();
      // It looks before it is pressed: only what is awaited has been heard of in the page.
      await inPage(page, 'void (window.benchSought = bench.seek())');
      await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.up();
      const { ms, ids } = await within('a seek', inPage<Sought>(page, 'window.benchSought'));
      const [first, last] = [Math.min(...ids.map(evenIndex)), newestOf(ids)];
      if (Math.abs(last / LONG.events - share) > 0.03) throw new Error(`the seek led to event ${last} of ${LONG.events}, pressed at ${brief(share)}`);
      const range = new URLSearchParams({
        from: formatInstant(evenInstant(first, LONG)),
        to: formatInstant(evenInstant(last, LONG)),
        limit: '1000',
      });
      const bare = await inPage<{ ms: number; events: number }>(page, `bench.fetched(${JSON.stringify(`/stories/${LONG.story}/events?${range}`)})`);
      // The first two warm up.
      if (n < 0) continue;
      sought.push(ms);
      fetched.push(bare.ms);
      shown.push(ids.length);
    }
  });
  const rows = [
    [
      'press on the scrubber to painted state',
      median(sought),
      percentile(sought, 0.99),
      median(shown),
      median(sought.map((ms, i) => ms / (fetched[i] as number))),
    ],
    ['one HTTP fetch of the same events (limit)', median(fetched), percentile(fetched, 0.99), median(shown), ''],
  ];
  console.log(
    `\n${table([[`${brief(LONG.events)} events, ms`, 'p50', 'p99', 'events on the stage', 'to limit'], ...rows])}\n(${SEEKS} random seeks, each beside its fetch)`,
  );
}

// ---- memory -------------------------------------------------------------------------------------

interface Sample {
  readonly heap: number;
  readonly nodes: number;
  readonly listeners: number;
}

async function sample(session: CDPSession): Promise<Sample> {
  // What a first collection lets go may hold on to more.
  for (let i = 0; i < 2; i++) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}

async function memory(browser: Browser, app: number): Promise<void> {
  const playMs = MINUTES * 60_000;
  const everyMs = Math.max(1_000, Math.min(10_000, playMs / 40));
  await fresh(browser, addressOf(app, 'steady', { at: START, rate: 1 }), PROBE, async (page) => {
    await stands(page, 'paused');
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    const atRest = await sample(session);
    await page.click(HOOKS.play);
    await stands(page, 'playing', 'held');
    const begun = performance.now();
    const samples: Sample[] = [];
    while (performance.now() - begun < playMs) {
      await wait(Math.min(everyMs, playMs - (performance.now() - begun)));
      samples.push(await sample(session));
    }
    const seconds = (performance.now() - begun) / 1_000;
    const newest = newestOf(await inPage(page, 'bench.ids()'));
    if (newest < RATE * seconds * 0.9) console.log(`\nIt fell behind: ${brief(newest)} events were shown of ${brief(RATE * seconds)} that were due.`);
    report(atRest, samples, newest, seconds);
  });
}

function report(atRest: Sample, samples: readonly Sample[], shown: number, seconds: number): void {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const of = (list: readonly Sample[], key: keyof Sample) => median(list.map((one) => one[key]));
  const first = samples.slice(0, quarter);
  const last = samples.slice(-quarter);
  const verdict = (key: 'heap' | 'nodes') => {
    const [before, after] = [of(first, key), of(last, key)];
    const grew = after - before > Math.max(BOUND.share * before, BOUND[key]);
    if (grew) process.exitCode = 1;
    return grew ? 'GREW' : 'flat';
  };
  const row = (name: string, key: keyof Sample, unit: number, flat: string): (string | number)[] => [
    name,
    atRest[key] / unit,
    of(first, key) / unit,
    of(last, key) / unit,
    Math.max(...samples.map((one) => one[key])) / unit,
    flat,
  ];
  console.log(
    `\n${table([
      [`${brief(RATE)} events/s`, 'before play', 'first quarter', 'last quarter', 'most', ''],
      row('JS heap after collection, MB', 'heap', 1_024 * 1_024, verdict('heap')),
      row('DOM nodes', 'nodes', 1, verdict('nodes')),
      row('event listeners', 'listeners', 1, ''),
    ])}\n(${brief(shown + 1)} events in ${brief(seconds)} s; ${samples.length} samples; medians of quarters)`,
  );
}

const browser = await openChromium('--enable-precise-memory-info');
if (browser === undefined) console.log('No Chromium is found: the page was not measured. CHROMIUM_PATH can name one.');
else {
  try {
    const plain = await startHelper<PlainPages>('plain-pages').ask('port');
    const app = startHelper<Serving>('serving', [`http://127.0.0.1:${plain}`]);
    const port = await app.ask('port');
    const measures: Readonly<Record<(typeof PARTS)[number], () => Promise<void>>> = {
      async load() {
        await app.ask('tell', { story: 'brief', events: 100, perSecond: 10 });
        await load(browser, port, plain);
      },
      async frames() {
        await app.ask('tell', { story: 'fast', events: (FAST * (FRAMES_MS + 5_000)) / 1_000, perSecond: FAST });
        await frames(browser, port);
      },
      async seek() {
        await app.ask('tell', LONG);
        await seek(browser, port);
      },
      async memory() {
        // Some more, so that it does not end before the last sample.
        await app.ask('tell', { story: 'steady', events: Math.ceil(RATE * (MINUTES * 60 * 1.1 + 30)), perSecond: RATE });
        await memory(browser, port);
      },
    };
    for (const part of PARTS) {
      // One that the page cannot do keeps nobody from measuring the others.
      await measures[part]().catch((error: unknown) => {
        console.log(`\n${part}: not measured. ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      });
    }
  } finally {
    await browser.close();
    await endHelpers();
    removeBenchFolders();
  }
}
