/** How old what the read model shows is, by ends of the log that it comes to. */
import t from 'tap';
import { type Followed, Freshness } from '../../src/timeline/freshness.js';

function followed() {
  let now = 0;
  const follower: { -readonly [K in keyof Followed]: Followed[K] } = { place: '', hasCaughtUp: false, behindSince: 0 };
  const freshness = new Freshness(follower, () => now);
  const at = (ms: number, change: Partial<Followed> = {}) => {
    now = ms;
    Object.assign(follower, change);
  };
  return { freshness, at };
}

t.test('what is caught up is as of now, and what has never been is as of nothing', (t) => {
  const { freshness, at } = followed();
  at(100);
  t.equal(freshness.asOf(), undefined);
  t.equal(freshness.ageMs(), undefined);
  at(200, { hasCaughtUp: true, behindSince: undefined });
  t.equal(freshness.asOf(), 200);
  at(900);
  t.equal(freshness.asOf(), 900);
  at(1_000, { behindSince: 950 });
  t.equal(freshness.asOf(), 950, 'and what fell behind is as of then');
  t.equal(freshness.ageMs(), 50);
  t.end();
});

t.test('while others write it is as of the last end that it has come to', (t) => {
  const { freshness, at } = followed();
  at(0, { hasCaughtUp: true, behindSince: 0, place: '0' });
  for (let i = 1; i <= 100; i++) {
    at(i * 1_000);
    freshness.ended(String(i).padStart(3, '0'), i * 1_000 - 5);
    // It is always two seconds behind, and never caught up.
    if (i > 2) at(i * 1_000, { place: String(i - 2).padStart(3, '0') });
    t.equal(freshness.asOf(), i > 2 ? (i - 2) * 1_000 - 5 : 0);
  }
  t.end();
});

t.test('a node that starts under load has caught up when it comes to an end that was asked for since', (t) => {
  const { freshness, at } = followed();
  at(100);
  freshness.ended('500', 100);
  at(2_000, { place: '499' });
  t.equal(freshness.asOf(), undefined);
  at(3_000, { place: '501' });
  t.equal(freshness.asOf(), 100);
  t.end();
});

t.test('of a long way ends are kept in a bounded number, and the age is never told as less than it is', (t) => {
  const { freshness, at } = followed();
  const position = (i: number) => String(i).padStart(6, '0');
  for (let i = 1; i <= 10_000; i++) {
    at(i);
    freshness.ended(position(i), i);
  }
  for (const place of [5, 3_000, 9_990]) {
    at(20_000, { place: position(place) });
    t.ok((freshness.asOf() ?? 0) <= place, `at ${place}: ${freshness.asOf()}`);
  }
  t.ok((freshness.asOf() ?? 0) > 9_000);
  t.end();
});
