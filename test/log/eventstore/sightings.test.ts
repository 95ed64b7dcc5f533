import t from 'tap';
import { Sightings } from '../../../src/log/eventstore/sightings.js';
import type { LogEvent } from '../../../src/log/log.js';

const event = (stream: string, revision: number): LogEvent => ({
  stream,
  revision,
  id: `${stream}-${revision}`,
  type: 'T',
  data: {},
  metadata: {},
  position: '',
  created: 0,
});
const LONG_MS = 60_000;

t.test('an event is seen before it is asked for, or after; and not where it does not come', async (t) => {
  const sightings = new Sightings();
  const sighting = sightings.watch('a');
  sightings.note([event('a', 0), event('b', 1)]);
  t.match(await sighting.at(0, LONG_MS), { id: 'a-0' });
  const later = sighting.at(1, LONG_MS);
  sightings.note([event('b', 1), event('a', 1)]);
  t.match(await later, { id: 'a-1' });
  t.equal(await sighting.at(2, 0), undefined);
  sighting.end();
});

t.test('several look out for one stream, each for itself, and nothing is kept behind them', async (t) => {
  const sightings = new Sightings();
  sightings.note([event('a', 0)]);
  const [one, two] = [sightings.watch('a'), sightings.watch('a')];
  t.equal(await one.at(0, 0), undefined, 'what came before it looked out');
  const both = [one.at(1, LONG_MS), two.at(1, LONG_MS)];
  sightings.note([event('a', 1)]);
  t.match(await Promise.all(both), [{ id: 'a-1' }, { id: 'a-1' }]);
  one.end();
  two.end();
  sightings.note([event('a', 2)]);
  t.equal(await sightings.watch('a').at(2, 0), undefined);
});
