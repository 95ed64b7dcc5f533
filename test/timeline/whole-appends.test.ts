import fc from 'fast-check';
import t from 'tap';
import type { LogEvent } from '../../src/log/log.js';
import { wholeAppends } from '../../src/timeline/whole-appends.js';

const event = (stream: string, revision: number, more: boolean): LogEvent => ({
  stream,
  revision,
  id: `${stream}-${revision}`,
  type: 'T',
  data: {},
  metadata: more ? { more: true } : { append: 'x' },
  position: '',
  created: 0,
});

t.test('no batch ends inside an append, nothing is lost, and what is left has not ended', (t) => {
  const appends = fc.array(fc.record({ stream: fc.constantFrom('a', 'b'), events: fc.integer({ min: 1, max: 9 }) }), { maxLength: 30 });
  fc.assert(
    fc.property(appends, fc.integer({ min: 1, max: 8 }), fc.nat({ max: 12 }), (given, size, cut) => {
      const revisions = new Map<string, number>();
      const events = given.flatMap(({ stream, events: count }) =>
        Array.from({ length: count }, (_, i) => {
          const revision = (revisions.get(stream) ?? -1) + 1;
          revisions.set(stream, revision);
          return event(stream, revision, i < count - 1);
        }),
      );
      const some = events.slice(0, Math.max(0, events.length - cut));
      const { batches, rest } = wholeAppends(some, size);
      const lasts = batches.map((batch) => batch.at(-1)?.metadata as { more?: boolean });
      const isInside = (metadata: unknown) => (metadata as { more?: boolean } | undefined)?.more === true;
      return (
        JSON.stringify([...batches.flat(), ...rest]) === JSON.stringify(some) &&
        lasts.every((metadata) => !isInside(metadata)) &&
        batches.slice(0, -1).every((batch) => batch.length >= size) &&
        batches.every((batch) => batch.length > 0 && batch.length < size + 9) &&
        (rest.length === 0) !== isInside(some.at(-1)?.metadata)
      );
    }),
  );
  t.pass('so it is');
  t.end();
});

t.test('an append that says more than there is ends where another event comes', (t) => {
  const given = [event('a', 0, true), event('b', 0, false), event('a', 1, true), event('a', 3, false)];
  t.strictSame(wholeAppends(given, 1), { batches: given.map((one) => [one]), rest: [] });
  t.end();
});
