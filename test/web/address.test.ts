/** Links to a moment: what is written is read back; nonsense is said and passed over. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { frameMarkup, NOWHERE, pageAddress, readHash, writeHash } from '../../web/share/address.js';

const instant = fc.integer({ min: Date.UTC(2, 0, 1), max: Date.UTC(9990, 0, 1) });
const slug = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

t.test('a place is read back as it was written', async (t) => {
  fc.assert(
    fc.property(
      option(instant),
      option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !/\p{Surrogate}/u.test(text))),
      option(fc.double({ min: 0.01, max: 1e7, noNaN: true })),
      option(slug),
      (at, event, rate, as) => {
        const place = { at, event, rate, as };
        assert.deepEqual(readHash(writeHash(place)), { place, faults: [] });
      },
    ),
  );
  t.equal(writeHash(NOWHERE), '');
  t.equal(writeHash({ ...NOWHERE, at: Date.parse('2016-10-20T00:00:00Z'), as: 'public' }), '#t=2016-10-20T00:00:00Z&as=public');
  t.equal(readHash('#t=2016-10-20T00:00:00+02:00').place.at, Date.parse('2016-10-19T22:00:00Z'), 'a plus sign needs no escape');
});

t.test('nonsense is said', async (t) => {
  const { place, faults } = readHash('#t=yesterday&rate=fast&as=Not%20a%20name&x=1');
  t.strictSame(place, NOWHERE);
  t.equal(faults.length, 3);
  t.match(faults[0], /“yesterday”, which is no moment/);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read = readHash(`#${text}`);
      assert.ok(read.place.rate === null || (read.place.rate >= 0.01 && read.place.rate <= 1e7));
      assert.ok(read.faults.every((fault) => fault.length < 200));
    }),
  );
});

t.test('addresses of the page and a frame of it', async (t) => {
  t.equal(pageAddress('http://a.example/x/?session=1#t=2', { story: 's', embed: '' }, '#e=m'), 'http://a.example/x/?story=s&embed#e=m');
  t.equal(pageAddress('http://a.example/', { story: null }), 'http://a.example/');
  t.match(frameMarkup('http://a.example/?story=s&embed', '"A" <b>'), 'src="http://a.example/?story=s&amp;embed" title="&quot;A&quot; &lt;b>"');
});
