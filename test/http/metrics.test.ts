import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { WebSocket } from 'ws';
import { createMetrics, MOST_STORIES } from '../../src/http/metrics.js';
import type { Timeline } from '../../src/timeline/timeline.js';
import { buildApp } from '../support/app.js';
import { recordingWatcher } from '../support/watcher.js';

const STORY = 'wikileaks-trump-jr';

/** Reads the text of a scrape, strictly: values by name and labels, and the type of each metric. */
function parse(text: string) {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, name, type] = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) types.set(name, type);
    if (line.startsWith('#')) {
      if (!/^# (TYPE|HELP) hindcast_\w+ \S/.test(line)) throw new Error(`no line of a scrape: ${line}`);
      continue;
    }
    const [, metric, labels = '', value] = /^(hindcast_\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)$/.exec(line) ?? [];
    if (metric === undefined || value === undefined || (value !== 'Nan' && Number.isNaN(Number(value.replace('+Inf', 'Infinity')))))
      throw new Error(`no line of a scrape: ${line}`);
    const sorted = labels
      .split(/,(?=\w+=)/)
      .sort()
      .join(',');
    values.set(sorted === '' ? metric : `${metric}{${sorted}}`, Number(value));
  }
  return { types, of: (name: string, labels: Record<string, string> = {}) => values.get(`${name}${key(labels)}`), names: [...values.keys()] };
}
function key(labels: Record<string, string>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return parts.length === 0 ? '' : `{${parts.sort().join(',')}}`;
}

t.test('a story played over a real socket moves the counters', async (t) => {
  const app = await buildApp(t);
  const address = await app.listen();
  const scrape = async () => {
    const reply = await fetch(`${address}/metrics`);
    t.match(reply.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    return parse(await reply.text());
  };
  const story = { story: STORY };
  const before = await scrape();
  t.equal(before.of('hindcast_watchers', story), 0);
  t.equal(before.of('hindcast_open_sockets'), 0);
  t.equal(before.of('hindcast_event_lateness_ms_count', story), 0);
  t.equal(before.of('hindcast_read_model_behind'), 0);
  t.equal(before.of('hindcast_read_model_age_seconds'), 0);
  t.ok((before.of('hindcast_log_silent_seconds') ?? -1) >= 0);
  t.equal(before.of('hindcast_read_model_lag_events', story), 0);
  t.equal(before.of('hindcast_events_set_aside', story), 0);
  t.equal(before.of('hindcast_views', { ...story, status: 'failed' }), 0);

  const socket = new WebSocket(`${address.replace('http', 'ws')}/stories/${STORY}/replay?fit=1&idleLimit=0.1`, 'hindcast.v1');
  t.teardown(() => socket.terminate());
  const told = new Map<string, number>();
  const ended = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const { type, status } = JSON.parse(String(data)) as { type: string; status?: string };
      told.set(type, (told.get(type) ?? 0) + 1);
      if (status === 'ended') resolve();
    });
  });
  await new Promise((resolve) => socket.once('message', resolve));
  const during = await scrape();
  t.equal(during.of('hindcast_watchers', story), 1);
  t.equal(during.of('hindcast_sessions', story), 1);
  t.equal(during.of('hindcast_open_sockets'), 1);
  t.equal(during.of('hindcast_rate_achieved_ratio', story), 1);
  t.equal(during.of('hindcast_watchers_held', story), 0);
  t.equal(during.of('hindcast_watchers_lagging', story), 0);
  t.ok((during.of('hindcast_buffered_bytes', story) ?? -1) >= 0);
  await ended;

  const after = await scrape();
  for (const [type, number] of told) t.equal(after.of('hindcast_frames_sent_total', { ...story, type }), number, type);
  t.equal(after.of('hindcast_event_lateness_ms_count', story), told.get('event'));
  t.equal(after.of('hindcast_event_lateness_ms_bucket', { ...story, le: '+Inf' }), told.get('event'));
  const played = after.of('hindcast_replay_seconds_total', { ...story, status: 'playing' }) ?? 0;
  t.ok(played > 0.5 && played < 30, `played for ${played} s`);
  t.equal(after.of('hindcast_rate_achieved_ratio', story), undefined, 'no clock is to run');
  t.equal(after.types.get('hindcast_frames_sent_total'), 'counter');
  t.equal(after.types.get('hindcast_event_lateness_ms'), 'histogram');

  const unknown = new WebSocket(`${address.replace('http', 'ws')}/stories/none/replay`, 'hindcast.v1');
  await new Promise((resolve) => unknown.once('close', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close();
  await closed;
  let last = await scrape();
  for (let i = 0; i < 100 && last.of('hindcast_watchers', story) !== 0; i++) {
    await delay(10);
    last = await scrape();
  }
  t.equal(last.of('hindcast_watchers', story), 0);
  t.equal(last.of('hindcast_sessions', story), 0);
  t.equal(last.of('hindcast_frames_sent_total', { ...story, type: 'event' }), told.get('event'), 'what was counted stays');
  t.notOk(
    last.names.some((name) => name.includes('"none"')),
    'a story that is not there has no series',
  );
  for (const name of ['hindcast_process_cpu_seconds_total', 'hindcast_process_resident_memory_bytes', 'hindcast_nodejs_heap_size_used_bytes'])
    t.ok((last.of(name) ?? 0) > 0, name);
  for (const stat of ['mean', 'p99']) t.ok((last.of('hindcast_event_loop_delay_seconds', { stat }) ?? -1) >= 0, stat);
});

/** A read model with so many stories and nothing in them. */
function manyStories(number: number) {
  let asked = 0;
  const timeline = {
    stories: () => Array.from({ length: number }, (_, i) => ({ id: `story-${i}` })),
    onCommit: () => () => {},
    foreign: () => 0,
    behind: () => undefined,
    lagMs: () => 0,
    has: () => true,
    projections: [{}],
    lag: async () => {
      asked++;
      return { status: 'current', events: 0, seconds: 0 };
    },
    story: () => undefined,
  };
  return { timeline: timeline as unknown as Timeline, asked: () => asked };
}

t.test('many stories and many watchers cost a scrape no more than some', async (t) => {
  const { timeline, asked } = manyStories(5_000);
  const metrics = createMetrics({ timeline });
  t.teardown(() => metrics.close());
  let looked = 0;
  const watched = Array.from({ length: 10_000 }, (_, i) => {
    const watcher = {
      ...recordingWatcher(),
      buffered: () => {
        looked++;
        return 100;
      },
    };
    return metrics.count({ session: `s${i}`, story: `story-${i % 2 === 0 ? 1 : 4_999}`, watcher });
  });
  const scraped = parse(await metrics.text());
  t.equal(asked(), MOST_STORIES);
  t.ok(looked <= 4_000, `${looked} watchers were asked`);
  t.equal(scraped.of('hindcast_watchers', { story: 'story-1' }), 5_000);
  t.equal(scraped.of('hindcast_watchers', { story: 'other' }), 5_000);
  t.equal(scraped.names.filter((name) => name.startsWith('hindcast_watchers{')).length, MOST_STORIES + 1);
  const buffered = (scraped.of('hindcast_buffered_bytes', { story: 'story-1' }) ?? 0) + (scraped.of('hindcast_buffered_bytes', { story: 'other' }) ?? 0);
  t.ok(Math.abs(buffered - 1_000_000) <= 300, `${buffered} bytes`);
  for (const one of watched) one.gone();
  const left = parse(await metrics.text());
  t.equal(left.of('hindcast_watchers', { story: 'other' }), 0);
  t.equal(left.of('hindcast_buffered_bytes', { story: 'story-1' }), 0);
});

t.test('held and lagging watchers are counted while they are so, and time is added up', async (t) => {
  let now = 0;
  const metrics = createMetrics({ timeline: manyStories(1).timeline, now: () => now });
  t.teardown(() => metrics.close());
  const story = { story: 'story-0' };
  const counts = [1, 2].map((i) => metrics.count({ session: `s${i}`, story: 'story-0', watcher: recordingWatcher() }));
  const clock = (status: string) => [JSON.stringify({ type: 'clock', status })];
  for (const one of counts) one.sent(clock('playing'));
  now = 1_000;
  counts[0]?.sent(clock('held'));
  counts[1]?.lagging(true);
  counts[1]?.lagging(true);
  now = 3_000;
  const held = parse(await metrics.text());
  t.equal(held.of('hindcast_watchers_held', story), 1);
  t.equal(held.of('hindcast_watchers_lagging', story), 1);
  t.equal(held.of('hindcast_rate_achieved_ratio', story), 0.5);
  t.equal(held.of('hindcast_replay_seconds_total', { ...story, status: 'playing' }), 4);
  t.equal(held.of('hindcast_replay_seconds_total', { ...story, status: 'held' }), 2);
  for (const one of counts) {
    one.gone();
    one.gone();
    one.sent(clock('playing'));
  }
  now = 9_000;
  const [again, same] = await Promise.all([metrics.text(), metrics.text()]);
  t.equal(again, same, 'who asks at the same time is told the same');
  const after = parse(again);
  t.equal(after.of('hindcast_watchers_held', story), 0);
  t.equal(after.of('hindcast_watchers_lagging', story), 0);
  t.equal(after.of('hindcast_replay_seconds_total', { ...story, status: 'playing' }), 4);
  t.equal(after.of('hindcast_frames_sent_total', { ...story, type: 'clock' }), 5);
});
