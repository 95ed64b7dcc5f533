import fc from 'fast-check';
import t from 'tap';
import { publish } from '../../../events/published.js';
import { pictureOf, press, resumesAt, type Walk } from '../../../src/cli/annotating/walk.js';
import type { Draft } from '../../../src/cli/annotating/drafts.js';
import type { StoryEvent } from '../../../src/sdk/index.js';
import { tellingOf } from '../../../src/cli/telling.js';
import { keysIn } from '../../../src/cli/terminal/keys.js';
import { widthOf } from '../../../src/cli/terminal/layout.js';
import { PLAIN } from '../../../src/cli/terminal/style.js';
import { hour, message, recorded } from '../../support/drafts.js';

const EVENTS = [message('m1', hour(9)), message('m2', hour(10), { from: 'bob', to: ['ann', 'carl'] }), message('m3', hour(11))].map(
  (draft) =>
    publish(
      { kind: 'happening', key: [0, 0, '', ''], event: recorded([draft])[0], notes: { requests: [], answers: [], followUps: [], claims: [] } } as never,
      '',
    ) as StoryEvent,
);
const MARK = { id: 'a1', type: 'AnswerIdentified', data: { request: 'r1', event: 'm2', basis: 'stated', by: 'the-editor' }, position: '1' };
const walk = (more: Partial<Walk> = {}): Walk => ({
  title: 'A story',
  telling: tellingOf({ participants: [], timeZone: 'UTC' }),
  events: EVENTS,
  requests: [{ id: 'r1', event: 'm1', from: 'ann', to: 'bob', text: 'Send the minutes.' }],
  sources: [],
  at: 0,
  usual: {},
  done: false,
  ...more,
});

function typed(from: Walk, text: string) {
  let now = from;
  const drafts: Draft[] = [];
  for (const key of keysIn(text)) {
    const { walk: next, record } = press(now, key);
    now = next;
    if (record !== undefined) drafts.push(record);
  }
  return { walk: now, drafts, text: pictureOf(now, { columns: 100, rows: 30, style: PLAIN }).join('\n') };
}

t.test('a request is asked for, confirmed and only then recorded; the next one is offered what this one said', async (t) => {
  const begun = typed(walk(), 'r\rSend the minutes.\rsThe editor\rMinutes of May\r\r\r');
  t.strictSame(begun.drafts, []);
  t.match(begun.text, 'Enter records it, Escape drops it.');
  t.strictSame(typed(begun.walk, '\u001b').drafts, []);
  const { drafts, walk: after } = typed(begun.walk, '\r');
  t.match(drafts, [
    {
      type: 'RequestIdentified',
      data: { event: 'm1', to: 'bob', text: 'Send the minutes.', basis: 'stated', by: 'The editor', citation: { title: 'Minutes of May' } },
    },
  ]);
  t.match(typed(after, 'na1\r\r\r\r\r\r').drafts, [
    { type: 'AnswerIdentified', data: { event: 'm2', request: 'r1', basis: 'stated', by: 'The editor', citation: { title: 'Minutes of May' } } },
  ]);
});

t.test('what is inferred is asked for its rule; what must be said cannot be left out; what was mistyped is taken back', async (t) => {
  const { drafts } = typed(walk({ at: 1 }), 'f1isame subject\rMee\u007f\rx\r\r\r\r');
  t.match(drafts, [{ type: 'FollowUpIdentified', data: { basis: 'inferred', rule: 'same subject', by: 'Me', citation: { title: 'x' } } }]);
  t.match(typed(walk({ at: 1 }), 'a1s\r').text, 'This has to be said.');
  t.match(typed(walk({ at: 1 }), 'm1It was over\rsMe\rx\r\r\r\r').drafts, [
    { type: 'RequestMooted', data: { request: 'r1', event: 'm2', at: hour(10), reason: 'It was over' } },
  ]);
  t.match(typed(walk({ requests: [] }), 'a').text, 'There is no request yet');
});

t.test('what is marked already is shown, can be taken back, and is where somebody who comes back goes on', async (t) => {
  const events = [EVENTS[0], { ...(EVENTS[1] as StoryEvent), annotations: [MARK] }, EVENTS[2]] as StoryEvent[];
  t.equal(resumesAt(events), 2);
  t.equal(resumesAt(EVENTS), 0);
  t.equal(resumesAt([]), 0);
  const there = typed(walk({ events, at: 1 }), '');
  t.match(there.text, '* Answer to r1 (stated by the-editor)');
  t.match(typed(there.walk, 'x1sMe\rx\r\r\r\r').drafts, [{ type: 'EventRetracted', data: { event: 'a1' } }]);
  t.match(typed(walk(), 'x').text, 'Nothing is recorded about this happening');
  t.match(typed(walk({ at: 2 }), 'n').text, 'That was the last');
  t.equal(typed(walk(), 'q').walk.done, true);
  t.equal(typed(walk(), 'rq').walk.done, false, 'a letter that is typed is no command');
});

t.test('whatever is typed, the picture fits, and what is recorded was confirmed', async (t) => {
  const keys = fc.array(fc.constantFrom('r', 'a', 'f', 'm', 'x', 'n', 'p', '1', '2', 's', 'i', 'enter', 'escape', 'space', 'backspace', '日', 'é', 'q'), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 40 }), (pressed, columns, rows) => {
      let now = walk();
      for (const key of pressed) {
        const next = press(now, key);
        if (next.record !== undefined) t.ok(key === 'enter' && now.form?.questions.length === 0);
        now = next.walk;
        const lines = pictureOf(now, { columns, rows, style: PLAIN });
        t.ok(lines.length <= rows && lines.every((line) => widthOf(line) <= columns));
      }
    }),
    { numRuns: 60 },
  );
});
