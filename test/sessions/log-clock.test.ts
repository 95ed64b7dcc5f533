import t from 'tap';
import { beforeStored, isTooLate, LogClock, STORED_WITHIN_MS } from '../../src/sessions/log-clock.js';

t.test('when an event was stored is found from what the log says, within what we know', (t) => {
  const clock = new LogClock(5_000_000, 1_000);
  t.equal(clock.monoOf(5_000_500), 1_500);
  t.equal(clock.createdAt(1_500), 5_000_500);
  t.equal(clock.observe(5_000_500, 1_502, 1_499), 1_500, 'as it was taken to be');
  t.equal(clock.observe(5_000_510, 1_505, 1_503), 1_505, 'the log is further than was thought: no later than it was read');
  t.equal(clock.monoOf(5_000_510), 1_505);
  t.equal(clock.observe(5_000_600, 1_700, 1_650), 1_650, 'the log is behind what was thought: no sooner than it was sent');
  t.end();
});

t.test('who stood still reads late, and nothing was stored late for that', (t) => {
  const clock = new LogClock(5_000_000, 1_000);
  t.equal(clock.observe(5_000_500, 1_500 + 20_000), 1_500, 'by another node, read 20 s later');
  t.equal(clock.observe(5_000_600, 1_601), 1_600);
  t.equal(beforeStored(5_000_590, 5_000_600), 10);
  t.equal(beforeStored(5_000_601, 5_000_600), 0, 'whole milliseconds');
  t.equal(beforeStored(1_400_600, 5_000_600), 0, 'the clock was set meanwhile');
  t.equal(isTooLate(5_000_600 - STORED_WITHIN_MS, 5_000_600), false);
  t.equal(isTooLate(5_000_600 - STORED_WITHIN_MS - 1, 5_000_600), true);
  t.equal(isTooLate(5_000_900, 5_000_600), false, 'the clock was set back meanwhile');
  t.end();
});

t.test("a log's clock that jumps by an hour moves no event", (t) => {
  for (const hour of [3_600_000, -3_600_000]) {
    const clock = new LogClock(5_000_000, 1_000);
    clock.observe(5_000_100, 1_101, 1_099);
    const told = clock.observe(5_000_200 + hour, 1_202, 1_199);
    t.ok(told >= 1_199 && told <= 1_202, `${told}`);
    const next = clock.observe(5_000_300 + hour, 1_301);
    t.ok(Math.abs(next - 1_300) <= 3, `${next}: and what another node stores is found again`);
  }
  t.end();
});
