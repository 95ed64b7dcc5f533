import assert from 'node:assert/strict';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { normalisedLink } from '../../../projections/parts/link.js';

const same = (t: Test, ...links: string[]) => {
  const [first = ''] = links;
  for (const link of links) t.equal(normalisedLink(link), normalisedLink(first), `${link} is ${first}`);
};
const differ = (t: Test, ...links: string[]) => t.equal(new Set(links.map(normalisedLink)).size, links.length, links.join(', '));

t.test('a web link is the same with and without its scheme, a default port, a slash at the end, "www." and a fragment', (t) => {
  same(
    t,
    'wlsearch.tk',
    'http://wlsearch.tk/',
    'https://wlsearch.tk',
    'HTTP://WLSearch.TK',
    '//wlsearch.tk',
    'www.wlsearch.tk',
    'wlsearch.tk#top',
    'http://wlsearch.tk:80/',
    'https://wlsearch.tk:443',
    'http://wlsearch.tk:/',
  );
  same(t, 'example.org/a', 'https://www.example.org/a/', 'example.org/a/#b', 'example.org:80/a');
  same(t, 'example.org?q=1', 'http://example.org/?q=1');
  same(t, '192.168.0.1/x', 'http://192.168.0.1/x');
  same(t, 'http://[::1]:80/x', 'https://[::1]:443/x');
  t.equal(normalisedLink('https://www.WLSearch.tk/'), 'wlsearch.tk');
  t.end();
});

t.test('what needs no encoding is the same encoded', (t) => {
  same(t, 'example.org/~ann/a-b', 'example.org/%7Eann/%61%2Db', 'example.org/%7eann/a-b');
  differ(t, 'example.org/a/b', 'example.org/a%2Fb');
  t.equal(normalisedLink('example.org/%2541'), 'example.org/%2541', 'once only');
  t.equal(normalisedLink('example.org/100%/%41'), 'example.org/100%/%41', 'what is not encoded at all is kept');
  t.end();
});

t.test('nothing else is: path, query and its order, letters of a path, ports, other schemes, who logs in', (t) => {
  differ(
    t,
    'example.org',
    'example.org/a',
    'example.org/A',
    'example.org/a?b',
    'example.org/a?b=1&c=2',
    'example.org/a?c=2&b=1',
    'example.org:8080',
    'http://ann@example.org',
    'ftp://example.org',
    'sub.example.org',
  );
  differ(t, 'http://example.org:443', 'http://example.org:80', 'https://example.org:80');
  differ(t, 'example.org/a/?q', 'example.org/a?q');
  t.equal(normalisedLink('www.com'), 'www.com', 'half of a name is no prefix of it');
  t.end();
});

t.test('what is no web link keeps its text', (t) => {
  for (const text of [
    'see the annex',
    '',
    'constructor',
    'mailto:Ann@Example.org',
    'Ann@Example.org',
    'javascript:alert(1)',
    'magnet:?xt=urn:btih:AB',
    'http://',
    'http:///x',
    '/A/b/',
    '#top',
    'No.1',
    ' Example.org',
    'http://Exa mple.org',
    'http://a@b@C.org',
    'ftp://Example.org/',
    'Example.org:x/',
  ])
    t.equal(normalisedLink(text), text);
  t.end();
});

t.test('a normalised link stays as it is, whatever it was', (t) => {
  const part = fc.string({ unit: fc.constantFrom('a', 'B', '.', '-', '~', '%7e', '%2F', '%C3', '/', '=', '&', ':'), maxLength: 12 });
  const host = fc.constantFrom('example.org', 'WWW.Example.org', 'www.www.org', '10.0.0.1', 'bücher.de', '[::1]', 'localhost');
  const schemeAndPort = fc.constantFrom(['', ''], ['', ':80'], ['http://', ':8080'], ['http://', ':80'], ['https://', ''], ['https://', ':443'], ['//', '']);
  const link = fc.tuple(schemeAndPort, host, part, fc.constantFrom('', '?q', '?', '#f', '?a=/#b'));
  fc.assert(
    fc.property(
      fc.oneof(
        link.map(([[scheme, port], name, path, rest]) => `${scheme}${name}${port}${path === '' ? '' : `/${path}`}${rest}`),
        fc.string(),
      ),
      (text) => {
        const once = normalisedLink(text);
        assert.equal(normalisedLink(once), once);
      },
    ),
    { numRuns: 2_000 },
  );
  t.pass();
  t.end();
});

t.test('it takes time in proportion to the text', (t) => {
  const began = performance.now();
  for (const piece of ['a.', 'a', '%', '%41', '/', ':', '@', 'www.', '?', '-.']) normalisedLink(piece.repeat(200_000));
  t.ok(performance.now() - began < 2_000);
  t.end();
});
