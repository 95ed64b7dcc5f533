import fc from 'fast-check';
import t from 'tap';
import { compilePattern } from '../../src/esdb-server/patterns.js';

t.test('what is taken matches as the engine of the language has it', async (t) => {
  const sign = fc
    .constantFrom('a', 'b', 'c', '-', '$', '\\$', '\\.', '.', '[ab]', '[^a]', '[a-c-]', '\\w', '\\D', '[\\d_]')
    .map((text) => (text === '$' ? '\\$' : text));
  const pattern = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      sign,
      fc.constantFrom('^', '$', ''),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a}${b}`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
      fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '*?', '{2}', '{0,2}', '{1,}')).map(([a, times]) => `(${a})${times}`),
    ),
  })).node;
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '-', '$', '.', '_', '1'), { maxLength: 8 }).map((signs) => signs.join(''));
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 6 }), (pattern, texts) => {
      const matches = compilePattern(pattern);
      const native = new RegExp(pattern);
      for (const one of texts) if (matches(one) !== native.test(one)) throw new Error(`/${pattern}/ and "${one}"`);
    }),
    { numRuns: 1_500 },
  );
  t.pass('it does');
});

t.test('the filters that clients come with', async (t) => {
  const noSystem = compilePattern('^[^$].*');
  t.ok(noSystem('story-a'));
  t.notOk(noSystem('$metadata'));
  t.notOk(noSystem(''));
  t.ok(compilePattern('^(story|session)-')('session-1'));
  t.notOk(compilePattern('^(story|session)-')('a story-1'));
  t.ok(compilePattern('Sent$')('MessageSent'));
  t.ok(compilePattern('\\u00e9\\x21\\t')('café!\t'));
  t.ok(compilePattern('é')('é'));
  t.notOk(compilePattern('^.$')('\n'), 'a dot is no line feed');
});

t.test('what other engines have is taken too', async (t) => {
  const found: [string, string[], string[]][] = [
    ['^(?!story-)s', ['session-a'], ['story-a', 'a']],
    ['(?<=story-)a', ['story-a'], ['session-a']],
    ['(?<!story-)a$', ['session-a'], ['story-a']],
    ['^(.)\\1', ['aab'], ['abb']],
    ['^(?<x>.)\\k<x>', ['aab'], ['abb']],
    ['^(?>a+)b', ['aab'], ['ab'.repeat(0), 'aac']],
    ['^(?>a+)ab', [], ['aaab']],
    ['^(?>a|(?>b[)]))c$', ['ac', 'b)c'], ['c']],
    ['(?i)^(?!x)STORY', ['story-a'], ['xstory']],
    ['(?i)^STORY', ['Story-a'], ['a-story']],
    ['\\bword\\b', ['a word.'], ['awords']],
    ['^\\p{Lu}\\p{Ll}', ['Éa'], ['éa']],
    ['^(?<name>S)aid', ['Said'], ['said']],
    ['^(?!\\p{Lu})', ['a'], ['A']],
  ];
  for (const [pattern, yes, no] of found) {
    const matches = compilePattern(pattern);
    for (const text of yes) t.equal(matches(text), true, `${pattern} in ${text}`);
    for (const text of no) t.equal(matches(text), false, `${pattern} not in ${text}`);
  }
});

t.test('what is no pattern is refused with a reason', async (t) => {
  for (const pattern of ['(', '*a', '[a', '(a', 'a)', 'a\\', '[z-a]', '(?<=', '(?>a)(b)\\1', 'a'.repeat(1_001)])
    t.throws(() => compilePattern(pattern), { name: 'Refused', code: 2 }, pattern.slice(0, 20));
});

t.test('a pattern that takes for ever in the engine of the language is stopped, and refused', async (t) => {
  const before = performance.now();
  for (const pattern of ['^(?=a)(a+)+$', '^(a|a)*\\1$(?!b)']) {
    const matches = compilePattern(pattern);
    t.equal(matches('b'), false);
    t.throws(() => matches(`${'a'.repeat(60)}!`), { name: 'Refused', code: 2, message: /too long/ });
  }
  t.ok(performance.now() - before < 10_000);
});

t.test('patterns made to take for ever take no time', async (t) => {
  const text = `${'a'.repeat(1_000)}!`;
  const before = performance.now();
  for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a*)*b', '(.*)(.*)(.*)(.*)(.*)x', `${'a?'.repeat(300)}${'a'.repeat(200)}b`, '^([a-z]+)*[0-9]$'])
    t.notOk(compilePattern(pattern)(text), pattern.slice(0, 20));
  t.ok(performance.now() - before < 10_000, 'the engine of the language would need longer than there is');
});
