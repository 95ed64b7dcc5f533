import fc from 'fast-check';
import t from 'tap';
import { controlOf } from '../../../src/cli/playing/controls.js';
import { keysIn } from '../../../src/cli/terminal/keys.js';

t.test('keys are told apart, also when they come together, and what is none is left out', async (t) => {
  t.strictSame(keysIn(' k\u001b[C\u001b[D\u001bOC?9\u0003'), ['space', 'k', 'right', 'left', 'right', '?', '9', 'ctrl-c']);
  t.strictSame(keysIn('\u001b[15~\u001b[200~x\u001b[1;5C\u001bq'), ['x'], 'function keys, pasting, and Alt with a letter are no letters');
  t.strictSame(keysIn('\u001b'), ['escape']);
  t.strictSame(keysIn('é\r\u007f'), ['é', 'enter', 'backspace']);
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => t.ok(keysIn(text).every((key) => key.length > 1 || !/\p{Cc}/u.test(key)))));
});

t.test('each key of the player does what it does on the page', async (t) => {
  for (const key of ['space', 'k']) t.match(controlOf(key), { do: 'toggle' });
  t.match(controlOf('j'), { do: 'move', byMs: -10_000 });
  t.match(controlOf('l'), { do: 'move', byMs: 10_000 });
  t.match(controlOf('left'), { do: 'move', byMs: -5_000 });
  t.match(controlOf('right'), { do: 'move', byMs: 5_000 });
  t.match(controlOf(','), { do: 'step', unit: 'event', count: -1 });
  t.match(controlOf(']'), { do: 'step', unit: 'chapter', count: 1 });
  t.match(controlOf('>'), { do: 'pace', times: 2 });
  t.match(controlOf('7'), { do: 'share', of: 0.7 });
  for (const key of ['q', 'ctrl-c']) t.match(controlOf(key), { do: 'quit' });
  t.equal(controlOf('constructor'), undefined);
});
