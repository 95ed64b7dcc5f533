/** When a node is ready, by a clock that the test moves. */
import t from 'tap';
import { HindcastError } from '../../src/errors.js';
import { watchReadiness } from '../../src/http/readiness.js';
import { handTimers, settle } from '../support/hand-timers.js';

const LAG = 10_000;
const LOG = 2_000;

function node({ pending }: { pending?: () => string | undefined } = {}) {
  const timers = handTimers();
  const state = { lag: 0 as number | undefined, behind: undefined as string | undefined, replaced: false };
  let answer: () => Promise<string> = async () => '7';
  let asked = 0;
  let under = 0;
  let most = 0;
  const ends: [string, number][] = [];
  const readiness = watchReadiness({
    log: {
      async end() {
        asked++;
        most = Math.max(most, ++under);
        try {
          return await answer();
        } finally {
          under--;
        }
      },
    },
    timeline: {
      behind: () => state.behind,
      lagMs: () => state.lag,
      noteEnd: (position, at) => void ends.push([position, at]),
      isLogReplaced: () => state.replaced,
    },
    timers,
    lagMs: LAG,
    logMs: LOG,
    ...(pending === undefined ? {} : { pending }),
  });
  t.teardown(() => readiness.close());
  return {
    timers,
    state,
    ends,
    readiness,
    answers: (how: typeof answer) => {
      answer = how;
    },
    asked: () => asked,
    most: () => most,
  };
}

t.test('ordinary writing does not make it unready: it may be behind by so much', async (t) => {
  const { state, readiness, ends } = node();
  await settle();
  t.strictSame(readiness.reasons(), []);
  t.strictSame(ends, [['7', 1_000]], 'the read model is told where the log ended, and when that was asked');
  state.behind = 'the read model is catching up with the log';
  state.lag = LAG;
  t.strictSame(readiness.reasons(), []);
  state.lag = LAG + 1_500;
  t.strictSame(readiness.reasons(), ['the read model is 11.5 s behind the log: the read model is catching up with the log']);
});

t.test('one that has never caught up is not ready, nor is one that has something left to do', async (t) => {
  let left: string | undefined = 'something is left to do';
  const { state, readiness } = node({ pending: () => left });
  state.lag = undefined;
  t.strictSame(readiness.reasons(), ['the log has not answered for 0.0 s', left], 'before the log has first answered');
  await settle();
  t.strictSame(readiness.reasons(), ['the read model is catching up with the log', left]);
  state.lag = 0;
  t.strictSame(readiness.reasons(), [left]);
  left = undefined;
  t.strictSame(readiness.reasons(), []);
});

t.test('a log that is gone is noticed within 2 s, though nobody writes, and noticed again when it is back', async (t) => {
  const { timers, readiness, answers } = node();
  await timers.pass(10_000);
  answers(() => Promise.reject(new HindcastError('log-unavailable', 'Nobody is there.')));
  await timers.pass(LOG - 600);
  t.strictSame(readiness.reasons(), [], 'it answered within the last 2 s');
  await timers.pass(601);
  t.strictSame(readiness.reasons(), ['The event log cannot be reached. Nobody is there.']);
  t.ok(readiness.silentMs() >= LOG - 500);
  await timers.pass(60_000);
  t.ok(readiness.silentMs() >= 60_000);
  answers(async () => '8');
  await timers.pass(501);
  t.strictSame(readiness.reasons(), []);
});

t.test('a log that hangs is noticed as well, and is asked one question at a time', async (t) => {
  const { timers, readiness, answers, asked, most } = node();
  await timers.pass(1_000);
  let wake = (_: string) => {};
  answers(
    () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  );
  await timers.pass(LOG + 501);
  t.match(readiness.reasons(), [/^the log has not answered for 2\.\d s$/]);
  const before = asked();
  await timers.pass(60_000);
  t.equal(asked(), before);
  answers(async () => '9');
  wake('8');
  await settle();
  await timers.pass(600);
  t.strictSame(readiness.reasons(), []);
  t.ok(asked() > before);
  t.equal(most(), 1);
});

t.test('it asks no more when it is closed', async (t) => {
  const { timers, readiness, asked } = node();
  await settle();
  await timers.pass(5_000);
  t.ok(asked() >= 9);
  readiness.close();
  const before = asked();
  await timers.pass(60_000);
  t.equal(asked(), before);
});

t.test('a log that is another than the one that was read makes it unready at once', async (t) => {
  const { state, readiness } = node();
  await settle();
  state.replaced = true;
  state.behind = 'the log is another';
  t.strictSame(readiness.reasons(), ['the log is another']);
});
