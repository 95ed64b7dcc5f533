/** The door lets in one after the other, in the order of their coming, and keeps a place for each. */
import t from 'tap';
import { createDoor } from '../../../src/log/embedded/door.js';

t.test('nobody overtakes, and an open door lets in at once', async (t) => {
  const door = createDoor();
  const order: number[] = [];
  const enter = (n: number): Promise<number> => door.enter(async () => order.push(n));
  const first = [enter(1), enter(2)];
  t.same(order, [], 'the door is shut to begin with');
  door.open();
  t.same(order, [1, 2]);
  first.push(enter(3));
  t.same(order, [1, 2, 3], 'in the same turn');
  t.same(await Promise.all(first), [1, 2, 3]);
});

t.test('who finds the door shut again by the one before keeps their place', async (t) => {
  const door = createDoor();
  const order: number[] = [];
  const jobs = [1, 2, 3, 4].map((n) =>
    door.enter(async () => {
      order.push(n);
      if (n === 2) door.shut();
    }),
  );
  door.open();
  t.same(order, [1, 2]);
  const late = door.enter(async () => order.push(5));
  door.open();
  t.same(order, [1, 2, 3, 4, 5]);
  await Promise.all([...jobs, late]);
});

t.test('a locked door refuses who waits and who comes, until it opens', async (t) => {
  const door = createDoor();
  const waiting = t.rejects(
    door.enter(async () => 1),
    { message: 'locked' },
  );
  door.lock(() => new Error('locked'));
  await waiting;
  await t.rejects(
    door.enter(async () => 2),
    { message: 'locked' },
  );
  door.open();
  t.equal(await door.enter(async () => 3), 3);
});

t.test('a job that throws is refused, and the next goes on', async (t) => {
  const door = createDoor();
  const bad = t.rejects(
    door.enter(() => {
      throw new Error('bad');
    }),
    { message: 'bad' },
  );
  const good = door.enter(async () => 'good');
  door.open();
  await bad;
  t.equal(await good, 'good');
});
