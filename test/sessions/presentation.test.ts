/**
 * What is written down with the times of a replay has the times at which that replay sends it.
 */
import t from 'tap';
import { parseOpening } from '../../src/protocol.js';
import { presentationOf } from '../../src/sessions/presentation.js';
import { message, mooted } from '../support/drafts.js';
import { house, STORY } from '../support/replay-house.js';

const at = (minutes: number) => new Date(Date.UTC(2020, 2, 1) + minutes * 60_000).toISOString();
const MINUTES = [0, 0, 1, 7, 7, 30, 31, 1_440, 1_441, 90_000, 90_000, 90_010];
const drafts = [
  ...MINUTES.map((minutes, i) => message(`m${String(i).padStart(2, '0')}`, at(minutes), i === 2 ? { requests: [{ id: 'r', text: 'ask' }] } : {})),
  mooted('gone', 'r', at(20)),
];

for (const query of [
  { rate: '600' },
  { rate: '60', idleLimit: '10' },
  { fit: '60' },
  { fit: '20', idleLimit: '3' },
  { fit: '200', idleLimit: '0.001' },
  { fit: '30', idleLimit: '4', until: at(1_441) },
  { rate: '600', as: 'bob' },
] as Record<string, string>[])
  t.test(JSON.stringify(query), async (t) => {
    const { timeline, timers, watch } = await house(t, drafts);
    const track = query.as === undefined ? STORY : await timeline.through(STORY, query.as);
    const { rate, raised, pass } = presentationOf(timeline, track, parseOpening(query));
    const { watcher } = await watch(query);
    await timers.pass(9_100_000);
    const sent = watcher.of('event');
    t.equal(sent.length, query.until === undefined ? MINUTES.length : 9);
    t.match(watcher.of('hello')[0], { nominalRate: rate });
    t.equal(watcher.of('hello')[0]?.idleLimitRaised === true, raised);
    const began = sent[0]?.dueWall ?? 0;
    const shown = pass();
    const silences = new Set(watcher.of('silence').map(({ to }) => Date.parse(to)));
    let before = -Infinity;
    for (const { at, dueWall, event } of sent) {
      const { startMs, isShortened } = shown(Date.parse(at));
      t.ok(Math.abs(dueWall - began - startMs) < 2, `${event.id}: ${dueWall - began} and ${startMs}`);
      t.equal(isShortened, Date.parse(at) !== before && silences.has(Date.parse(at)), `${event.id}: shortened`);
      before = Date.parse(at);
    }
  });

t.test('of a story in which nothing has a time nothing is played; too short a fit is refused', async (t) => {
  const { timeline } = await house(t, [message('m', null)]);
  t.match(presentationOf(timeline, STORY, { fitMs: 1_000 }), { raised: false });
  const far = await house(t, [message('a', '0002-01-01T00:00:00Z'), message('b', '9998-01-01T00:00:00Z')], 'far');
  t.throws(() => presentationOf(far.timeline, 'far', { fitMs: 1 }), { code: 'bad-rate', faults: [{ at: 'fit' }] });
});
