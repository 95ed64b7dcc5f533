import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Compile } from 'typebox/compile';
import type { RecordedHappening } from '../../events/event.js';
import { throughLens } from '../../events/lens.js';
import type { Step } from '../../events/steps.js';
import { compareKeys } from '../../events/story-time.js';
import { stories } from '../../events/stories/all.js';
import { normalisedLink } from '../../projections/parts/link.js';
import { Links, links } from '../../projections/links.js';
import { fold } from '../../projections/projection.js';
import { correction, hour, message, retraction, tweet } from '../support/drafts.js';
import { shuffledStory } from '../support/stories.js';
import { given, stepsOf, viewOf } from '../support/views.js';

const HOUR = 3_600_000;
const exactly = (ms: number) => ({ afterMs: ms, afterMinMs: ms, afterMaxMs: ms });
const shares = (id: string, at: string | null, link: string | string[], data: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  message(id, at, { links: [link].flat(), ...data }, more);
const tweets = (id: string, at: string, link: string, by = 'cyd') => tweet(id, at, { by, links: [link] });
/** Placed at an hour, and possibly as late as another. */
const until = (latest: string, earliest = hour(0)) => ({ when: { precision: 'hour', approximate: true, earliest, latest } });

t.test('a link has a row from the moment it is first shared', (t) => {
  const { when, gives } = given(links, shares('m1', hour(1), 'https://www.Example.org/'));
  gives((view) => t.strictSame(view.links, []), hour(0));
  gives((view) =>
    t.strictSame(view, {
      totals: { links: 1, reused: 0, public: 0, firstPrivateThenPublic: 0 },
      links: [
        { url: 'example.org', as: 'https://www.Example.org/', uses: 1, first: { event: 'm1', at: hour(1), by: 'ann', visibility: 'private' }, reuses: [] },
      ],
    }),
  );
  when(message('m2', hour(2))).gives((view) => t.equal(view.links.length, 1, 'what names no link changes nothing'));
  t.end();
});

t.test('who shares it again stands beside, with how long after, and whether it is the same one', (t) => {
  given(links, shares('m1', hour(1), 'example.org'))
    .when(
      shares('m2', hour(2), 'http://example.org/'),
      shares('m3', hour(4), 'example.org#x', { from: 'bob', to: ['ann'] }),
      shares('m4', hour(5), 'example.org/x'),
    )
    .gives(({ totals, links }) => {
      t.strictSame(totals, { links: 2, reused: 1, public: 0, firstPrivateThenPublic: 0 });
      t.equal(links[0]?.uses, 3);
      t.strictSame(links[0]?.reuses, [
        { event: 'm2', at: hour(2), by: 'ann', visibility: 'private', bySame: true, ...exactly(HOUR) },
        { event: 'm3', at: hour(4), by: 'bob', visibility: 'private', bySame: false, ...exactly(3 * HOUR) },
      ]);
      t.match(links[1], { url: 'example.org/x', uses: 1 }, 'a longer link is another');
    });
  t.end();
});

t.test('the first time in public is kept, how many reuses there may be before it', (t) => {
  const many = Array.from({ length: 120 }, (_, i) => shares(`m${String(i).padStart(3, '0')}`, hour(1), 'example.org'));
  const view = links.view(fold(links, stepsOf([...many, tweets('t1', hour(3), 'example.org'), tweets('t2', hour(4), 'example.org')])));
  t.match(view.links[0], { uses: 122, first: { event: 'm000' }, firstPublic: { event: 't1', at: hour(3), by: 'cyd', ...exactly(2 * HOUR) } });
  t.strictSame([view.links[0]?.reuses.length, view.links[0]?.reuses.at(-1)?.event], [10, 'm010'], 'the first reuses are shown');
  t.strictSame(view.totals, { links: 1, reused: 1, public: 1, firstPrivateThenPublic: 1 });
  given(links, tweets('t1', hour(3), 'example.org')).gives(({ links, totals }) => {
    t.strictSame(links[0]?.firstPublic, { event: 't1', at: hour(3), by: 'cyd', ...exactly(0) });
    t.strictSame(totals, { links: 1, reused: 0, public: 1, firstPrivateThenPublic: 0 });
  });
  t.end();
});

t.test('a happening that names a link twice counts once, and one that names two counts for both', (t) => {
  given(links, shares('m1', hour(1), ['example.org', 'http://example.org', 'other.org'])).gives(({ links }) => {
    t.match(links, [
      { url: 'example.org', as: 'example.org', uses: 1 },
      { url: 'other.org', uses: 1 },
    ]);
  });
  t.end();
});

t.test('what stands only in a text is no link here', (t) => {
  given(links, message('m1', hour(1), { text: 'see http://example.org' })).gives(({ links }) => t.strictSame(links, []));
  t.end();
});

t.test('of shares at one instant the first in story order is the first', (t) => {
  given(links, shares('b', hour(1), 'example.org'), shares('a', hour(1), 'example.org'), shares('c', hour(1), 'example.org', {}, { seq: -1 })).gives(
    ({ links }) => {
      t.strictSame([links[0]?.first.event, ...(links[0]?.reuses ?? []).map(({ event }) => event)], ['c', 'a', 'b']);
    },
  );
  t.end();
});

t.test('a late, a corrected and a retracted share find their places', (t) => {
  const { when } = given(links, shares('m2', hour(2), 'example.org'), tweets('t1', hour(3), 'example.org'));
  when(shares('m1', hour(1), 'EXAMPLE.org')).gives(({ links }) =>
    t.match(links, [{ as: 'EXAMPLE.org', first: { event: 'm1' }, reuses: [{ event: 'm2' }, { event: 't1' }] }]),
  );
  when(correction('c', 't1', { data: { links: ['other.org'] } })).gives(({ links, totals }) => {
    t.match(links, [
      { url: 'example.org', uses: 1 },
      { url: 'other.org', uses: 1 },
    ]);
    t.match(totals, { links: 2, reused: 0, public: 1, firstPrivateThenPublic: 0 });
  });
  when(retraction('x', 'm2')).gives(({ links }) => t.match(links, [{ first: { event: 't1', visibility: 'public' }, uses: 1 }]));
  when(shares('m0', null, 'example.org')).gives(({ links }) => t.match(links, [{ uses: 2 }]), undefined);
  t.end();
});

t.test('how long after is a range where the times are uncertain, and the row says so until they are settled', (t) => {
  const story = given(links, shares('m1', hour(2), 'example.org', {}, until(hour(4))), shares('m2', hour(5), 'example.org', {}, until(hour(8), hour(3))));
  story.gives(({ links }) => t.match(links[0], { uncertain: true, first: { uncertain: true } }), hour(3));
  story.gives(({ links }) => t.strictSame([links[0]?.uncertain, links[0]?.first.uncertain], [undefined, undefined]), hour(4));
  story.gives(({ links }) => t.match(links[0], { uncertain: true, reuses: [{ uncertain: true }] }), hour(7));
  story.gives(({ links }) => {
    t.equal(links[0]?.uncertain, undefined);
    const placed = { event: 'm2', at: hour(5), earliest: hour(3), latest: hour(8) };
    t.strictSame(links[0]?.reuses, [{ ...placed, by: 'ann', visibility: 'private', bySame: true, afterMs: 3 * HOUR, afterMinMs: 0, afterMaxMs: 8 * HOUR }]);
    t.match(links[0]?.first, { at: hour(2), earliest: hour(0), latest: hour(4) });
  }, hour(8));
  given(links, shares('m1', hour(2), 'example.org', {}, { when: { earliest: null, latest: null } })).gives(({ links }) =>
    t.match(links[0], { uncertain: true, first: { earliest: null, latest: null } }, 'what nothing bounds stays so'),
  );
  t.end();
});

t.test('the words for a time that is stated relative to the first are the words for how long after', (t) => {
  const when = (to: string) => ({ when: { relative: { to, offset: 'PT2H', approximate: false }, stated: 'two hours later' } });
  given(links, shares('m1', hour(1), 'example.org'), shares('m2', hour(2), 'example.org'))
    .when(shares('m3', hour(3), 'example.org', {}, when('m1')), shares('m4', hour(4), 'example.org', {}, when('m2')))
    .gives(({ links }) =>
      t.strictSame(
        links[0]?.reuses.map(({ afterStated }) => afterStated),
        [undefined, 'two hours later', undefined],
      ),
    );
  t.end();
});

t.test('an uncertain first time in public is settled, shown among the reuses or not', (t) => {
  const many = Array.from({ length: 101 }, (_, i) => shares(`m${String(i).padStart(3, '0')}`, hour(1), 'example.org'));
  const unsure = { ...tweets('t1', hour(2), 'example.org'), ...until(hour(4)) };
  const at = (moment: string) => links.view(fold(links, stepsOf([...many, unsure], moment))).links[0];
  t.match(at(hour(2)), { uncertain: true, firstPublic: { event: 't1', uncertain: true }, reuses: { length: 10 } });
  t.strictSame([at(hour(4))?.uncertain, at(hour(4))?.firstPublic?.uncertain], [undefined, undefined]);
  t.end();
});

t.test('any text may stand as a link or an id', (t) => {
  given(links, shares('constructor', hour(1), ['constructor', '__proto__', 'toString', 'see the annex']), shares('__proto__', hour(2), 'constructor')).gives(
    ({ links, totals }) => {
      t.strictSame(
        links.map(({ url, uses }) => [url, uses]),
        [
          ['constructor', 2],
          ['__proto__', 1],
          ['toString', 1],
          ['see the annex', 1],
        ],
      );
      t.equal(totals.reused, 1);
    },
  );
  t.end();
});

t.test('the list shows its latest rows, and pages lead through all of them', (t) => {
  const drafts = [0, 1].map((n) =>
    shares(
      `m${n}`,
      hour(n),
      Array.from({ length: 600 }, (_, i) => `example.org/${n}-${i}`),
    ),
  );
  const state = fold(links, stepsOf(drafts));
  const view = links.view(state);
  t.strictSame([view.totals.links, view.links.length, view.links.at(-1)?.url], [1_200, 1_000, 'example.org/1-599']);
  const list = links.lists?.(state).links;
  t.equal(list?.size, 1_200);
  t.match(list?.page(1, list.page(600).next ?? 0).rows, [{ url: 'example.org/0-599' }]);
  t.end();
});

t.test('through a lens the first is who shared it first, whenever that came into sight', (t) => {
  const drafts = [
    shares('m1', hour(1), 'example.org', {}, { disclosures: [{ to: 'public', at: hour(9) }], ...until(hour(3)) }),
    tweets('t1', hour(5), 'example.org'),
    tweets('t2', hour(6), 'example.org'),
  ];
  const happenings = new Map(
    stepsOf(drafts).flatMap((step) => (step.kind === 'happening' ? [[step.event.id, step.event] as [string, RecordedHappening]] : [])),
  );
  const seen = stepsOf(drafts)
    .map((step) => throughLens(step, 'public', (id) => happenings.get(id)))
    .filter((step): step is Step => step !== undefined)
    .sort((a, b) => compareKeys(a.key, b.key));
  t.strictSame(
    seen.map(({ kind }) => kind),
    ['happening', 'happening', 'happening', 'settled', 'disclosed'],
  );
  t.strictSame(links.view(fold(links, seen)), viewOf(links, drafts), 'the same as for whoever saw all of it');
  t.match(links.view(fold(links, seen.slice(0, 2))).links[0], { first: { event: 't1' }, reuses: [{ event: 't2', ...exactly(HOUR) }] });
  t.end();
});

const LINKS = ['example.org', 'http://example.org/', 'other.org', 'other.org/a', 'constructor'];

/** A random story whose happenings name links, some of them in public. */
const sharing = fc
  .tuple(shuffledStory, fc.array(fc.tuple(fc.subarray(LINKS), fc.boolean()), { minLength: 14, maxLength: 14 }))
  .map(([{ drafts, shuffled }, given]) => {
    const withLinks = (draft: Record<string, unknown> & { id: string }) => {
      const [named, isPublic] = given[Number(draft.id.slice(1))] ?? [[], false];
      return draft.type === 'MessageSent'
        ? { ...draft, visibility: isPublic ? 'public' : 'private', data: { ...(draft.data as object), links: named } }
        : draft;
    };
    return { drafts: drafts.map(withLinks), shuffled: shuffled.map(withLinks) };
  });

t.test('the view fits its schema, is the same in any order of recording, and says what the happenings say', (t) => {
  const schema = Compile(Links);
  fc.assert(
    fc.property(sharing, ({ drafts, shuffled }) => {
      const view = viewOf(links, drafts);
      assert.deepEqual(viewOf(links, shuffled), view);
      assert.ok(schema.Check(view), JSON.stringify(schema.Errors(view)));
      const byUrl = new Map<string, RecordedHappening[]>();
      for (const step of stepsOf(drafts)) {
        if (step.kind !== 'happening') continue;
        for (const url of new Set(step.event.data.links.map(normalisedLink))) byUrl.set(url, [...(byUrl.get(url) ?? []), step.event]);
      }
      assert.deepEqual(
        view.links.map(({ url, uses, first, firstPublic, reuses }) => [url, uses, [first, ...reuses].map(({ event }) => event), firstPublic?.event]),
        [...byUrl].map(([url, events]) => [url, events.length, events.map(({ id }) => id), events.find(({ visibility }) => visibility === 'public')?.id]),
      );
      const all = [...byUrl.values()];
      const isPublic = (event: RecordedHappening | undefined) => event?.visibility === 'public';
      assert.deepEqual(view.totals, {
        links: all.length,
        reused: all.filter((events) => events.length > 1).length,
        public: all.filter((events) => events.some(isPublic)).length,
        firstPrivateThenPublic: all.filter((events) => events.some(isPublic) && !isPublic(events[0])).length,
      });
      assert.ok(
        view.links.every(({ uncertain }) => uncertain === undefined),
        'at the end everything is settled',
      );
    }),
  );
  t.pass();
  t.end();
});

t.test('of the founding story: a link given in private and posted in public two days later', (t) => {
  const view = viewOf(links, stories.find((story) => story.id === 'wikileaks-trump-jr')?.drafts ?? []);
  const row = view.links.find(({ url }) => url === 'wlsearch.tk');
  t.match(row, { as: 'wlsearch.tk', uses: 2, first: { event: 'wl-2016-10-12-tweet-this-link', by: 'wikileaks', visibility: 'private' } });
  const posted = { event: 'tj-2016-10-14-tweets-link', by: 'donald-trump-jr', afterMs: 48 * HOUR, afterMinMs: 24 * HOUR + 1, afterMaxMs: 72 * HOUR - 1 };
  t.match(row, { firstPublic: posted, reuses: [{ ...posted, visibility: 'public', bySame: false, afterStated: 'two days later, on October 14, 2016' }] });
  t.match(view.links.find(({ url }) => url === 'putintrump.org')?.uses, Number);
  t.end();
});
