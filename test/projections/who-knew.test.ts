import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { actorOf, participantsOf, type RecordedHappening } from '../../events/event.js';
import { stories } from '../../events/stories/all.js';
import { fold } from '../../projections/projection.js';
import { WhoKnew, type WhoKnewRow, whoKnew } from '../../projections/who-knew.js';
import { correction, hour, message, retraction, tweet } from '../support/drafts.js';
import { shuffledStory } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

type Data = Record<string, unknown>;
const mail = (id: string, at: string | null, from: string, to: string[], data: Data = {}, more: Data = {}) => message(id, at, { from, to, ...data }, more);
const forward = (id: string, at: string | null, of: string, from: string, to: string[], more: Data = {}) => mail(id, at, from, to, { forwardOf: of }, more);
const action = (id: string, at: string, by: string, others: string[], more: Data = {}) => ({
  id,
  type: 'ActionTaken',
  occurredAt: at,
  visibility: 'private',
  data: { by, action: 'meeting', description: 'they meet', links: [], with: others },
  ...more,
});
/** Placed at an hour, and possibly as late as another. */
const until = (latest: string, earliest = hour(0)) => ({ when: { precision: 'hour', approximate: true, earliest, latest } });

const rowOf = ({ rows }: WhoKnew, event: string): WhoKnewRow => {
  const row = rows.find((one) => one.event === event);
  if (row === undefined) throw new Error(`no row of ${event}`);
  return row;
};
const told = (view: WhoKnew, event: string) => rowOf(view, event).told.map(({ to, how, by, event }) => [to, how, by, event].join(' '));

t.test('a message is known to those it is addressed to, from when it was sent', (t) => {
  const { gives } = given(whoKnew, mail('m1', hour(1), 'ann', ['bob', 'cyd', 'bob', 'ann'], { subject: 'a subject' }));
  gives((view) => t.strictSame(view, { totals: { happenings: 0, spread: 0, published: 0 }, rows: [] }), hour(0));
  const addressed = { at: hour(1), how: 'addressed', by: 'ann', event: 'm1' };
  gives((view) =>
    t.strictSame(view, {
      totals: { happenings: 1, spread: 0, published: 0 },
      rows: [
        {
          event: 'm1',
          type: 'MessageSent',
          at: hour(1),
          by: 'ann',
          subject: 'a subject',
          told: [
            { to: 'bob', ...addressed },
            { to: 'cyd', ...addressed },
          ],
          toldCount: 2,
          firstCount: 2,
        },
      ],
    }),
  );
  t.end();
});

t.test('what is done in private is known to those who took part; what is public has no row', (t) => {
  given(whoKnew, action('a1', hour(1), 'ann', ['bob']), action('a2', hour(2), 'ann', []), tweet('t1', hour(3))).gives((view) => {
    t.strictSame(told(view, 'a1'), ['bob took-part ann a1']);
    t.strictSame(told(view, 'a2'), []);
    t.equal(view.rows.length, 2);
  });
  t.end();
});

t.test('whom a forward is sent to has learned of the original too, and of its original', (t) => {
  given(whoKnew, mail('m1', hour(1), 'ann', ['bob']))
    .when(forward('m2', hour(2), 'm1', 'bob', ['cyd']), forward('m3', hour(3), 'm2', 'cyd', ['dan', 'ann', 'bob']))
    .gives((view) => {
      t.strictSame(
        told(view, 'm1'),
        ['bob addressed ann m1', 'cyd forwarded bob m2', 'dan forwarded cyd m3'],
        'ann knew from the first, bob since it was sent to him',
      );
      t.strictSame(told(view, 'm2'), ['cyd addressed bob m2', 'dan forwarded cyd m3', 'ann forwarded cyd m3']);
      t.match(rowOf(view, 'm1'), { toldCount: 3, firstCount: 1 });
      t.equal(rowOf(view, 'm3').forwardOf, 'm2');
      t.strictSame(view.totals, { happenings: 3, spread: 2, published: 0 });
    });
  t.end();
});

t.test('a forward that is placed before its original is not lost, nor a chain of them', (t) => {
  const chain = [forward('f3', hour(1), 'f2', 'cyd', ['dan']), forward('f2', hour(2), 'm1', 'bob', ['cyd']), mail('m1', hour(3), 'ann', ['bob'])];
  given(whoKnew, ...chain).gives((view) => {
    t.strictSame(told(view, 'm1'), ['bob addressed ann m1', 'cyd forwarded bob f2', 'dan forwarded cyd f3']);
    t.strictSame(told(view, 'f2'), ['cyd addressed bob f2', 'dan forwarded cyd f3']);
    t.ok(
      rowOf(view, 'm1').told.every(({ at }) => at === hour(3)),
      'nobody learns of it before it happened',
    );
  });
  given(whoKnew, ...chain).gives((view) => t.strictSame(told(view, 'f2').length, 2), hour(2));
  const tie = [mail('z', hour(1), 'ann', ['bob']), forward('a', hour(1), 'z', 'bob', ['cyd'])];
  given(whoKnew, ...tie).gives((view) =>
    t.strictSame(told(view, 'z'), ['bob addressed ann z', 'cyd forwarded bob a'], 'of two at one instant the id decides, and it must not decide this'),
  );
  t.end();
});

t.test('a forward of what never comes, of itself, or in a ring, harms nothing', (t) => {
  given(
    whoKnew,
    forward('m1', hour(1), 'nothing', 'ann', ['bob']),
    forward('m2', hour(2), 'm2', 'ann', ['bob']),
    forward('r1', hour(3), 'r3', 'ann', ['bob']),
    forward('r2', hour(4), 'r1', 'bob', ['cyd']),
    forward('r3', hour(5), 'r2', 'cyd', ['dan']),
  ).gives((view) => {
    t.strictSame(told(view, 'm1'), ['bob addressed ann m1']);
    t.equal(rowOf(view, 'm2').forwardOf, undefined);
    t.strictSame(told(view, 'r1').sort(), ['bob addressed ann r1', 'cyd forwarded bob r2', 'dan forwarded cyd r3']);
  });
  t.end();
});

t.test('a chain is followed back fifty messages', (t) => {
  const name = (i: number) => `m${String(i).padStart(2, '0')}`;
  const chain = Array.from({ length: 60 }, (_, i) =>
    i === 0 ? mail(name(0), hour(1), 'ann', ['p0']) : forward(name(i), hour(1), name(i - 1), `p${i - 1}`, [`p${i}`]),
  );
  const { rows } = whoKnew.view(fold(whoKnew, stepsOf(chain)));
  t.strictSame([rows[0]?.toldCount, rows[0]?.told.at(-1)?.to, rows[10]?.toldCount], [51, 'p19', 50]);
  const late = chain.map((draft, i) => ({ ...draft, seq: -i }));
  const other = whoKnew.view(fold(whoKnew, stepsOf(late)));
  t.strictSame(
    chain.map(({ id }) => rowOf(other, id).toldCount),
    chain.map(({ id }) => rowOf({ rows, totals: other.totals }, id).toldCount),
    'placed the other way round too',
  );
  t.end();
});

t.test('many forwards may wait for one message', (t) => {
  const forwards = Array.from({ length: 150 }, (_, i) => forward(`a${String(i).padStart(3, '0')}`, hour(1), 'z', 'bob', [`p${i}`]));
  const { rows } = whoKnew.view(fold(whoKnew, stepsOf([...forwards, mail('z', hour(2), 'ann', ['bob'])])));
  const row = rows.at(-1);
  t.match(row, { event: 'z', toldCount: 151, firstCount: 1, told: { length: 20 } });
  t.strictSame([row?.told[1]?.to, row?.told[19]?.to], ['p0', 'p18']);
  t.end();
});

t.test('a disclosure tells who learned of it, by what and in which words', (t) => {
  const disclosures = [
    { to: 'dan', at: hour(4), event: 't1', stated: 'it was handed over' },
    { to: 'eve', at: hour(5) },
    { to: 'public', at: hour(6), event: 't2' },
    { to: 'public', at: hour(7) },
    { to: 'bob', at: hour(7) },
  ];
  const story = given(whoKnew, mail('m1', hour(1), 'ann', ['bob'], {}, { disclosures }), tweet('t1', hour(4)), action('t2', hour(6), 'eve', []));
  story.gives((view) => t.strictSame(view.totals, { happenings: 1, spread: 1, published: 0 }), hour(5));
  story.gives((view) => {
    t.strictSame(rowOf(view, 'm1').told.slice(1), [
      { to: 'dan', at: hour(4), how: 'disclosed', by: 'bob', event: 't1', stated: 'it was handed over' },
      { to: 'eve', at: hour(5), how: 'disclosed' },
      { to: 'public', at: hour(6), how: 'published', by: 'eve', event: 't2' },
    ]);
    t.strictSame(rowOf(view, 'm1').publicSince, { at: hour(6), event: 't2' });
    t.strictSame(view.totals, { happenings: 2, spread: 1, published: 1 });
  });
  t.end();
});

t.test('a disclosure that is said to be earlier than what it discloses is put at its time', (t) => {
  given(whoKnew, mail('m1', hour(3), 'ann', ['bob'], {}, { disclosures: [{ to: 'public', at: hour(1) }] })).gives((view) => {
    t.match(rowOf(view, 'm1'), { publicSince: { at: hour(3) }, told: [{}, { to: 'public', at: hour(3) }] });
  });
  t.end();
});

t.test('a forward in public publishes what it forwards', (t) => {
  given(
    whoKnew,
    mail('m1', hour(1), 'ann', ['bob']),
    forward('m2', hour(2), 'm1', 'bob', ['cyd'], { visibility: 'public' }),
    forward('m3', hour(3), 'm2', 'cyd', ['dan']),
  ).gives((view) => {
    t.strictSame(told(view, 'm1'), ['bob addressed ann m1', 'cyd forwarded bob m2', 'public published bob m2', 'dan forwarded cyd m3']);
    t.strictSame(rowOf(view, 'm1').publicSince, { at: hour(2), event: 'm2' });
    t.strictSame(view.totals, { happenings: 2, spread: 1, published: 1 });
  });
  t.end();
});

t.test('what rests on a happening that may not have happened yet says so until it is settled', (t) => {
  const story = given(whoKnew, mail('m1', hour(1), 'ann', ['bob'], {}, until(hour(4))), forward('m2', hour(2), 'm1', 'bob', ['cyd'], until(hour(6))));
  const unsure = (view: WhoKnew) => [rowOf(view, 'm1').uncertain, ...rowOf(view, 'm1').told.map(({ uncertain }) => uncertain), rowOf(view, 'm2').uncertain];
  story.gives((view) => t.strictSame(unsure(view), [true, true, true, true]), hour(3));
  story.gives((view) => t.strictSame(unsure(view), [undefined, undefined, true, true]), hour(4));
  story.gives((view) => t.strictSame(unsure(view), [undefined, undefined, undefined, undefined]), hour(6));
  const early = given(whoKnew, forward('m2', hour(2), 'm1', 'bob', ['cyd'], until(hour(4))), mail('m1', hour(3), 'ann', ['bob']));
  early.gives((view) => t.strictSame(unsure(view), [undefined, undefined, true, true]), hour(3));
  early.gives((view) => t.strictSame(unsure(view), [undefined, undefined, undefined, undefined]), hour(4));
  const settledFirst = given(whoKnew, forward('m2', hour(2), 'm1', 'bob', ['cyd'], until(hour(4))), mail('m1', hour(5), 'ann', ['bob']));
  settledFirst.gives((view) => t.strictSame(unsure(view), [undefined, undefined, undefined, undefined]), hour(5));
  const never = given(whoKnew, mail('m1', hour(1), 'ann', ['bob']), forward('m2', hour(2), 'm1', 'bob', ['cyd'], { when: { earliest: null, latest: null } }));
  never.gives((view) => t.strictSame(unsure(view), [undefined, undefined, true, true], 'what nothing bounds stays so'));
  const openly = given(whoKnew, mail('m1', hour(1), 'ann', ['bob']), forward('m2', hour(2), 'm1', 'bob', ['cyd'], { visibility: 'public', ...until(hour(4)) }));
  openly.gives((view) => t.match(rowOf(view, 'm1').told, [{}, { to: 'cyd', uncertain: true }, { to: 'public', uncertain: true }]), hour(2));
  openly.gives((view) => t.ok(rowOf(view, 'm1').told.every(({ uncertain }) => uncertain === undefined)), hour(4));
  t.end();
});

t.test('what an open happening discloses is uncertain until that is settled', (t) => {
  const unsure = (view: WhoKnew) => [
    ...rowOf(view, 'm1')
      .told.slice(1)
      .map(({ uncertain }) => uncertain),
    rowOf(view, 'm1').publicSince?.uncertain,
  ];
  const disclosures = [
    { to: 'dan', at: hour(4), event: 'm2' },
    { to: 'public', at: hour(4), event: 't1' },
    { to: 'eve', at: hour(4) },
  ];
  const story = given(whoKnew, mail('m1', hour(1), 'ann', ['bob'], {}, { disclosures }), mail('m2', hour(4), 'bob', ['dan'], {}, until(hour(6))), {
    ...tweet('t1', hour(4)),
    ...until(hour(8)),
  });
  story.gives((view) => t.strictSame(unsure(view), [true, true, undefined, true], 'also by what is public'), hour(4));
  story.gives((view) => t.strictSame(unsure(view), [undefined, true, undefined, true]), hour(6));
  story.gives((view) => t.strictSame(unsure(view), [undefined, undefined, undefined, undefined]), hour(8));
  given(whoKnew, mail('m1', hour(1), 'ann', ['bob'], {}, { disclosures: disclosures.slice(1, 2) }), { ...tweet('t1', hour(4)), when: { latest: null } }).gives(
    (view) => t.strictSame(unsure(view), [true, true], 'what nothing bounds stays so'),
  );
  t.end();
});

t.test('many may learn of many things by one happening that is open', (t) => {
  const disclosures = [{ to: 'public', at: hour(4), event: 'z' }];
  const mails = Array.from({ length: 1_500 }, (_, i) => mail(`m${String(i).padStart(4, '0')}`, hour(1), 'ann', ['bob'], {}, { disclosures }));
  const steps = stepsOf([...mails, { ...tweet('z', hour(4)), ...until(hour(8)) }]);
  const open = fold(
    whoKnew,
    steps.filter(({ kind }) => kind !== 'settled'),
  );
  t.ok(whoKnew.view(open).rows.every(({ publicSince }) => publicSince?.uncertain));
  t.match(whoKnew.lists?.(open).rows?.page(1).rows, [{ event: 'm1499', publicSince: { uncertain: true } }]);
  t.strictSame(open.waiting.rows(), [[]], 'what is held for an open happening does not grow with what it discloses');
  const settled = fold(
    whoKnew,
    steps.filter(({ kind }) => kind === 'settled'),
    open,
  );
  t.ok(whoKnew.view(settled).rows.every(({ publicSince, told }) => publicSince?.uncertain === undefined && told.every((one) => one.uncertain === undefined)));
  t.end();
});

t.test('nobody is told by themselves', (t) => {
  const disclosures = [
    { to: 'dan', at: hour(4), event: 'd1' },
    { to: 'eve', at: hour(4), event: 'd1' },
  ];
  given(whoKnew, mail('m1', hour(1), 'ann', ['bob'], {}, { disclosures }), action('d1', hour(4), 'dan', ['eve'])).gives((view) =>
    t.strictSame(rowOf(view, 'm1').told.slice(1), [
      { to: 'dan', at: hour(4), how: 'disclosed', event: 'd1' },
      { to: 'eve', at: hour(4), how: 'disclosed', by: 'dan', event: 'd1' },
    ]),
  );
  t.end();
});

t.test('what is only bounded is not shown as if it were exact', (t) => {
  const drafts = [
    mail(
      'm1',
      hour(2),
      'ann',
      ['bob'],
      {},
      {
        ...until(hour(3), hour(1)),
        disclosures: [
          { to: 'public', at: hour(9), event: 't1' },
          { to: 'dan', at: hour(10), event: 't1' },
        ],
      },
    ),
    forward('m2', hour(5), 'm1', 'bob', ['cyd'], { when: { earliest: hour(4), latest: null } }),
    { ...tweet('t1', hour(9)), ...until(hour(11), hour(8)) },
  ];
  given(whoKnew, ...drafts).gives((view) => {
    const own = { at: hour(2), earliest: hour(1), latest: hour(3) };
    const published = { at: hour(9), earliest: hour(8), latest: hour(11) };
    t.match(rowOf(view, 'm1'), { ...own, publicSince: published });
    t.match(rowOf(view, 'm1').told, [
      { to: 'bob', ...own },
      { to: 'cyd', at: hour(5), earliest: hour(4), latest: null },
      { to: 'public', ...published },
      { to: 'dan', at: hour(10), earliest: undefined, latest: undefined },
    ]);
  });
  const early = (bounds: Data, of: Data) => {
    const { at, earliest, latest } = rowOf(
      viewOf(whoKnew, [mail('z', hour(5), 'ann', ['bob'], {}, of), forward('a', hour(2), 'z', 'bob', ['cyd'], bounds)]),
      'z',
    ).told[1] as WhoKnewRow['told'][number];
    return [at, earliest, latest];
  };
  t.strictSame(early({}, {}), [hour(5), undefined, undefined], 'nobody learns of it before it happened');
  t.strictSame(early(until(hour(7), hour(1)), {}), [hour(5), hour(5), hour(7)]);
  t.strictSame(early(until(hour(7), hour(1)), until(hour(6), hour(3))), [hour(5), hour(3), hour(7)]);
  t.strictSame(early({}, until(hour(6), hour(1))), [hour(5), hour(2), hour(6)]);
  t.strictSame(early({ when: { earliest: null, latest: null } }, until(hour(6), hour(1))), [hour(5), hour(1), null]);
  t.end();
});

t.test('a row shows the first hundred who were told, and counts each of all once', (t) => {
  const many = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `p${i + from}`);
  const drafts = [mail('m1', hour(1), 'ann', many(150)), forward('m2', hour(2), 'm1', 'p0', many(150, 100))];
  const row = rowOf(whoKnew.view(fold(whoKnew, stepsOf(drafts))), 'm1');
  t.match(row, { toldCount: 250, firstCount: 150, told: { length: 20 } });
  t.end();
});

t.test('a late, a corrected and a retracted event find their places', (t) => {
  const { when } = given(whoKnew, mail('m1', hour(2), 'ann', ['bob']), forward('m2', hour(3), 'm1', 'bob', ['cyd']));
  when(mail('m0', hour(1), 'ann', ['bob'])).gives((view) =>
    t.strictSame(
      view.rows.map(({ event }) => event),
      ['m0', 'm1', 'm2'],
    ),
  );
  when(correction('c', 'm2', { data: { forwardOf: null } })).gives((view) => t.strictSame(told(view, 'm1'), ['bob addressed ann m1']));
  when(correction('c', 'm1', { visibility: 'public' })).gives((view) =>
    t.strictSame(
      view.rows.map(({ event }) => event),
      ['m2'],
    ),
  );
  when(retraction('x', 'm2')).gives((view) => t.strictSame(view.totals, { happenings: 1, spread: 0, published: 0 }));
  when(retraction('x', 'm1')).gives((view) => t.match(view.rows, [{ event: 'm2', forwardOf: 'm1' }]));
  when(forward('m3', null, 'm1', 'bob', ['dan'])).gives((view) => t.equal(rowOf(view, 'm1').toldCount, 2, 'what is not placed is not folded'));
  t.end();
});

t.test('any id may stand for an event or a person', (t) => {
  given(whoKnew, mail('constructor', hour(1), 'ann', ['constructor']), forward('__proto__', hour(2), 'constructor', 'constructor', ['valueof'])).gives(
    (view) => {
      t.strictSame(told(view, 'constructor'), ['constructor addressed ann constructor', 'valueof forwarded constructor __proto__']);
    },
  );
  t.end();
});

t.test('the list shows its latest rows', (t) => {
  const drafts = Array.from({ length: 1_200 }, (_, i) => mail(`m${String(i).padStart(4, '0')}`, hour(1), 'ann', ['bob']));
  const state = fold(whoKnew, stepsOf(drafts));
  const { totals, rows } = whoKnew.view(state);
  t.strictSame([totals.happenings, rows.length, rows[0]?.event, whoKnew.lists?.(state).rows?.size], [1_200, 1_000, 'm0200', 1_200]);
  t.end();
});

const PEOPLE = ['ann', 'bob', 'cyd', 'dan', 'constructor'];

/** A random story with forwards, disclosures and public events. */
const spreading = fc
  .tuple(
    shuffledStory,
    fc.array(
      fc.record({
        of: fc.option(fc.nat(13)),
        to: fc.subarray(PEOPLE, { minLength: 1 }),
        isPublic: fc.nat(4),
        by: fc.option(fc.nat(13)),
        hour: fc.nat(30),
        who: fc.constantFrom('dan', 'public'),
      }),
      {
        minLength: 14,
        maxLength: 14,
      },
    ),
  )
  .map(([{ drafts, shuffled }, given]) => {
    const spread = (draft: Data & { id: string }) => {
      const more = given[Number(draft.id.slice(1))];
      if (draft.type !== 'MessageSent' || more === undefined) return draft;
      const data = { ...(draft.data as Data), to: more.to, ...(more.of === null ? {} : { forwardOf: `m${more.of}` }) };
      const at = new Date(Date.UTC(2020, 0, 1, more.hour)).toISOString();
      const disclosures = more.by === null ? [] : [{ to: more.who, at, event: `m${more.by}` }];
      return { ...draft, visibility: more.isPublic === 0 ? 'public' : 'private', disclosures, data };
    };
    return { drafts: drafts.map(spread), shuffled: shuffled.map(spread) };
  });

t.test('the view fits its schema, is the same in any order of recording, and tells whom the events tell', (t) => {
  const schema = Compile(WhoKnew);
  fc.assert(
    fc.property(spreading, ({ drafts, shuffled }) => {
      const view = viewOf(whoKnew, drafts);
      assert.deepEqual(viewOf(whoKnew, shuffled), view);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      const events = stepsOf(drafts).flatMap((step) => (step.kind === 'happening' ? [step.event] : []));
      assert.deepEqual(
        view.rows.map(({ event, told, publicSince }) => [event, told.map(({ to }) => to).sort(), publicSince !== undefined]),
        events.filter(({ visibility }) => visibility === 'private').map((event) => [event.id, naive(events, event), naive(events, event).includes('public')]),
      );
      assert.equal(view.totals.spread, view.rows.filter(({ toldCount, firstCount }) => toldCount > firstCount).length);
      assert.equal(view.totals.published, view.rows.filter(({ publicSince }) => publicSince).length);
      assert.ok(view.rows.every((row) => row.uncertain === undefined && row.told.every(({ uncertain }) => uncertain === undefined)));
    }),
    { numRuns: 200 },
  );
  t.pass();
  t.end();
});

function originalOf(event: RecordedHappening): string | undefined {
  return event.type === 'MessageSent' ? event.data.forwardOf : undefined;
}

/** Everyone told of an event, found by following each forward back. */
function naive(events: RecordedHappening[], of: RecordedHappening): string[] {
  const people = new Set(participantsOf(of));
  for (const { to } of of.disclosures ?? []) people.add(to);
  for (const forward of events) {
    const seen = new Set([forward.id]);
    for (let id = originalOf(forward); id !== undefined && !seen.has(id); ) {
      seen.add(id);
      const original = events.find((event) => event.id === id);
      if (original === undefined) break;
      if (id === of.id) {
        for (const person of participantsOf(forward).slice(1)) people.add(person);
        if (forward.visibility === 'public') people.add('public');
      }
      id = originalOf(original);
    }
  }
  people.delete(actorOf(of));
  return [...people].sort();
}

t.test('of the founding story: the e-mail to the officials reached Hope Hicks by the forward, and the public at the end', (t) => {
  const drafts = stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? [];
  const before = viewOf(whoKnew, drafts, '2016-10-01T00:00:00-04:00');
  t.strictSame(told(before, 'tj-2016-09-21-emails-officials'), [
    ...['steve-bannon', 'kellyanne-conway', 'brad-parscale', 'jared-kushner', 'senior-campaign-officials'].map(
      (official) => `${official} addressed donald-trump-jr tj-2016-09-21-emails-officials`,
    ),
    'hope-hicks forwarded jared-kushner kushner-forwards-email',
  ]);
  t.match(
    rowOf(before, 'tj-2016-09-21-emails-officials').told.at(-1),
    { to: 'hope-hicks', uncertain: true },
    'the forward may have come as late as Election Day',
  );
  t.equal(rowOf(before, 'tj-2016-09-21-emails-officials').publicSince, undefined);
  const after = viewOf(whoKnew, drafts);
  t.match(rowOf(after, 'tj-2016-09-21-emails-officials'), { publicSince: { event: 'atlantic-publication' }, toldCount: 8, firstCount: 5 });
  t.match(rowOf(after, 'wl-2016-10-12-tweet-this-link').told.slice(1), [
    { to: 'trump-jr-lawyers', how: 'disclosed', by: undefined, event: 'messages-turned-over' },
    { to: 'us-congress', how: 'disclosed', by: 'trump-jr-lawyers', event: 'messages-turned-over' },
    { to: 'the-atlantic', how: 'disclosed', event: 'atlantic-obtains-messages' },
    { to: 'public', how: 'published', by: 'the-atlantic' },
  ]);
  t.end();
});
