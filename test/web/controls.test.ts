/** What a hand does to the pace and the place, while the server has not answered yet. */
import { signal } from '@preact/signals';
import t from 'tap';
import { type ClockState, ReplayError } from '../../src/sdk/index.js';
import { Controls, type Pace, type Steered } from '../../web/player/controls.js';

interface Asked {
  readonly what: 'seek' | 'rate' | 'idleLimit';
  readonly value: number | null;
  answer(error?: ReplayError): void;
}

/** Controls of a replay at 100 that answers when the test says so; `next` is what is asked of it next. */
function steered(pace: Pace) {
  const asked: Asked[] = [];
  let heard = () => {};
  const state = { nominalRate: 100 } as ClockState;
  const ask = (what: Asked['what']) => (value: number | null) =>
    new Promise<ClockState>((resolve, reject) => {
      asked.push({ what, value, answer: (error) => (error === undefined ? resolve(state) : reject(error)) });
      heard();
    });
  const next = async (what: Asked['what']): Promise<Asked> => {
    for (;;) {
      const at = asked.findIndex((one) => one.what === what);
      if (at >= 0) return asked.splice(at, 1)[0] as Asked;
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  const sought = signal<number | undefined>(undefined);
  const failures: unknown[] = [];
  const player = {
    watched: { seek: ask('seek'), rate: ask('rate'), idleLimit: ask('idleLimit') },
    clock: signal<ClockState | undefined>(state),
    span: signal({ from: 0, to: 1_000 }),
    sought,
    problem: signal<string | undefined>(undefined),
    clockwork: { wake() {} },
    feed: { follows: signal(true), revealed: signal(undefined) },
    failed: (error: unknown) => failures.push(error),
  } as unknown as Steered;
  return { controls: new Controls(player, pace), next, sought, failures };
}

t.test('twice as fast, twice: each press starts from the pace that is shown', async (t) => {
  const { controls, next } = steered({ kind: 'rate', rate: 100 });
  controls.scaleRate(2);
  controls.scaleRate(2);
  t.strictSame(controls.pace.peek(), { kind: 'rate', rate: 400 });
  for (const rate of [200, 400]) {
    (await next('idleLimit')).answer();
    const asked = await next('rate');
    t.equal(asked.value, rate);
    asked.answer();
  }
  const fit = steered({ kind: 'fit', seconds: 180 }).controls;
  fit.scaleRate(0.5);
  t.strictSame(fit.pace.peek(), { kind: 'rate', rate: 50 }, 'a fit has the rate that the server found for it');
});

t.test('a pace that is refused gives way to the one in force, and never to one that is newer', async (t) => {
  const { controls, next, failures } = steered({ kind: 'rate', rate: 100 });
  const [first, second] = [controls.setPace({ kind: 'rate', rate: 7 }), controls.setPace({ kind: 'rate', rate: 8 })];
  (await next('idleLimit')).answer(new ReplayError('forbidden'));
  await first;
  t.strictSame(controls.pace.peek(), { kind: 'rate', rate: 8 });
  (await next('idleLimit')).answer(new ReplayError('forbidden'));
  await second;
  t.strictSame(controls.pace.peek(), { kind: 'rate', rate: 100 });
  t.equal(failures.length, 2);
});

t.test('under a hand the page shows where the hand is, until the server is there too', async (t) => {
  const { controls, next, sought } = steered({ kind: 'rate', rate: 100 });
  controls.seek(10);
  const first = await next('seek');
  controls.seek(20);
  controls.seek(30);
  first.answer();
  await Promise.resolve();
  const last = await next('seek');
  t.equal(sought.peek(), 30, 'not back where the first of it led');
  t.equal(last.value, 30);
  const shown = new Promise<unknown>((resolve) => sought.subscribe((at) => at === undefined && resolve('the clock')));
  last.answer();
  t.equal(await shown, 'the clock');
});
