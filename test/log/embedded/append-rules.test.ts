/** The rules of an append look up no more than they need: they stand on the way of every one. */
import t from 'tap';
import { decideAppend } from '../../../src/log/embedded/append-rules.js';
import type { ExpectedRevision } from '../../../src/log/log.js';

/** What is looked up in a stream of a, b, c, and what follows. */
function looked(ids: string, expected: ExpectedRevision): [does: string, lookups: string[]] {
  const lookups: string[] = [];
  const { do: does } = decideAppend([...ids], expected, {
    last: 2,
    idAt(revision) {
      lookups.push(String(revision));
      return 'abc'[revision];
    },
    revisionOf(id) {
      lookups.push(id);
      const at = 'abc'.indexOf(id);
      return at < 0 ? undefined : at;
    },
  });
  return [does, lookups];
}

t.test('an append at the last revision looks up nothing', async (t) => {
  t.same(looked('abxyz', 2), ['append', []]);
});

t.test('an append of new events at any revision looks up the first', async (t) => {
  t.same(looked('xyz', 'any'), ['append', ['x']]);
  t.same(looked('xab', 'stream_exists'), ['append', ['x']]);
});

t.test('an append behind the last revision looks up until one differs', async (t) => {
  t.same(looked('axc', 'no_stream'), ['refuse', ['0', '1']]);
  t.same(looked('bc', 0), ['repeat', ['1', '2']]);
});

t.test('an append that cannot be is refused without looking', async (t) => {
  t.same(looked('a', 3), ['refuse', []]);
  t.same(looked('abcd', 'no_stream'), ['refuse', []]);
});
