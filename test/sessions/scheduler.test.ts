import fc from 'fast-check';
import assert from 'node:assert/strict';
import t from 'tap';
import { Scheduler } from '../../src/sessions/scheduler.js';
import { handTimers } from '../support/hand-timers.js';

t.test('wakes each when it is due, never before, whatever is set and cancelled', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.integer({ min: 0, max: 500 }), again: fc.option(fc.integer({ min: 0, max: 500 })), cancelled: fc.boolean() }), {
        minLength: 1,
        maxLength: 40,
      }),
      async (plans) => {
        const timers = handTimers(0);
        const scheduler = new Scheduler(timers);
        const woken: number[] = plans.map(() => 0);
        const due = plans.map((plan) => plan.again ?? plan.at);
        for (const [i, plan] of plans.entries()) {
          const alarm = scheduler.wakeable((now) => {
            assert.ok(now >= (due[i] as number), 'never early');
            assert.ok(now <= (due[i] as number) + 2, 'on time');
            woken[i] = (woken[i] as number) + 1;
          });
          alarm.set(plan.at);
          if (plan.again !== null) alarm.set(plan.again);
          if (plan.cancelled) alarm.set(null);
        }
        await timers.pass(1_000);
        assert.deepEqual(
          woken,
          plans.map((plan) => (plan.cancelled ? 0 : 1)),
        );
      },
    ),
    { numRuns: 30 },
  );
  t.pass();
});

t.test('what is cancelled is let go, however far away it was', async (t) => {
  const timers = handTimers(0);
  const scheduler = new Scheduler(timers);
  const near = scheduler.wakeable(() => {});
  near.set(5);
  for (let i = 0; i < 2_000; i++) {
    const session = { data: new Array(100).fill(i) };
    const far = scheduler.wakeable(() => void session.data);
    far.set(1e9 + i);
    far.cancel();
  }
  const heap = (scheduler as unknown as { heap: { length: number } }).heap;
  t.ok(heap.length < 600, `${heap.length} of 2,000 dead alarms are left`);
});

t.test('a waking takes all that is due, and what it sets for then as well', async (t) => {
  const timers = handTimers(0);
  const scheduler = new Scheduler(timers);
  const order: string[] = [];
  const second = scheduler.wakeable(() => order.push('second'));
  const first = scheduler.wakeable((now) => {
    order.push('first');
    second.set(now);
  });
  first.set(10);
  await timers.pass(11);
  t.strictSame(order, ['first', 'second']);
  first.set(Infinity);
  await timers.pass(1e6);
  t.strictSame(order, ['first', 'second']);
});

t.test('no timer is left for nobody', (t) => {
  const set = new Set<object>();
  const timers = {
    now: () => 0,
    after: () => {
      const timer = {};
      set.add(timer);
      return () => void set.delete(timer);
    },
  };
  const scheduler = new Scheduler(timers);
  const [first, second] = [scheduler.wakeable(() => {}), scheduler.wakeable(() => {})];
  first.set(1_000_000);
  second.set(2_000_000);
  second.cancel();
  t.equal(set.size, 1);
  first.set(null);
  t.equal(set.size, 0, 'cancelled, or set to never');
  first.set(5);
  scheduler.close();
  t.equal(set.size, 0, 'closed');
  t.end();
});
