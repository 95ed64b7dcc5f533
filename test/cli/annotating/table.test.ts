import t from 'tap';
import { draftOf } from '../../../src/cli/annotating/drafts.js';
import { recordRows } from '../../../src/cli/annotating/recording.js';
import { draftsIn } from '../../../src/cli/annotating/table.js';
import { openFolder } from '../../../src/cli/folder-house.js';
import { hour, message } from '../../support/drafts.js';

const HEAD = 'kind,id,event,request,to,text,at,reason,claim,basis,rule,by,citation,quote,note';
const DEFAULTS = { by: 'the-editor', basis: 'stated', citation: 'a source' };
const table = (...rows: string[]) => [HEAD, ...rows].join('\n');

t.test('each kind of row is the annotation it says, with what holds for all where it says nothing', async (t) => {
  const drafts = draftsIn(
    table(
      'request,r1,m1,,bob,"Send, please, the ""minutes"".",,,,,,,minutes-book,"the very words",',
      'answer,,m2,r1,,,,,,claimed,,Bob,https://example.org/a,,',
      'follow-up,,m3,r1,,,,,,inferred,same subject,,,,',
      `mooted,,,r1,,,${hour(9)},It was over,,,,,,,a note`,
      'claim,,m2,r1,,,,,He had sent them.,,,,,,',
      'retraction,,r1,,,,,,,,,,,,',
    ),
    DEFAULTS,
    ['minutes-book'],
  );
  t.match(drafts, [
    {
      id: 'r1',
      type: 'RequestIdentified',
      data: {
        event: 'm1',
        to: 'bob',
        text: 'Send, please, the "minutes".',
        basis: 'stated',
        by: 'the-editor',
        citation: { id: 'minutes-book', quote: 'the very words' },
      },
    },
    { type: 'AnswerIdentified', data: { event: 'm2', request: 'r1', basis: 'claimed', by: 'Bob', citation: { url: 'https://example.org/a' } } },
    { type: 'FollowUpIdentified', data: { event: 'm3', request: 'r1', basis: 'inferred', rule: 'same subject', citation: { title: 'a source' } } },
    { type: 'RequestMooted', data: { request: 'r1', at: hour(9), reason: 'It was over', note: 'a note' } },
    { type: 'ClaimIdentified', data: { event: 'm2', request: 'r1', claim: 'He had sent them.' } },
    { type: 'EventRetracted', data: { event: 'r1' } },
  ]);
  t.equal(new Set(drafts.map(({ id }) => id)).size, drafts.length);
  t.strictSame(
    draftsIn(`\ufeff${HEAD}\r\nanswer,,m2,r1,,,,,,,,,,,\r\n\r\n`, DEFAULTS, []),
    draftsIn(table('answer,,m2,r1,,,,,,,,,,,'), DEFAULTS, []),
    'the same row is the same draft',
  );
});

t.test('every mistake is told at once, with its row and column; what is no table is told so', async (t) => {
  const text = table('request,r1,m1,,bob,ask,,,,,,,,,', 'guess,,m1,,,,,,,,,,,,', 'answer,,m2,r1,,a text,,,,sure,,,,,', 'mooted,,,r1,,,yesterday,over,,,,,,,');
  t.throws(() => draftsIn(text, DEFAULTS, []), { code: 'bad-event', faults: [{ at: 'row 2, kind' }, { at: 'row 3, text' }, { at: 'row 4, at' }] });
  t.throws(() => draftsIn(table('answer,,m2,r1,,,,,,sure,,,,,'), DEFAULTS, []), { code: 'bad-event', faults: [{ at: 'row 1, basis' }] });
  t.throws(() => draftsIn(table('answer,,m2,r1,,,,,,,,,,,'), {}, []), {
    code: 'bad-event',
    faults: [{ at: 'row 1, basis' }, { at: 'row 1, by' }, { at: 'row 1, citation' }],
  });
  t.throws(() => draftsIn(HEAD, DEFAULTS, []), { code: 'bad-request', message: /no row/ });
  t.throws(() => draftsIn('kind,colour\nanswer,red', DEFAULTS, []), { code: 'bad-request', message: /no column is "colour"/ });
  t.throws(() => draftsIn(`${HEAD}\n"half`, DEFAULTS, []), { code: 'bad-request' });
  t.match(draftOf({ kind: 'answer', ...DEFAULTS, paragraph: 'two' }, []), { faults: [{ field: 'paragraph' }] });
});

t.test('all rows are recorded or none; those recorded before are passed over; what the story refuses names its row', async (t) => {
  const { client, close } = await openFolder({ env: { HINDCAST_DATA: t.testdir() }, tell: () => {} });
  t.teardown(close);
  await client.append('mine', [message('m1', hour(9)), message('m2', hour(10), { from: 'bob', to: ['ann'] })]);
  const rows = ['request,r1,m1,,bob,ask,,,,,,,,,', 'answer,a1,m2,r1,,,,,,,,,,,', 'mooted,x1,,r1,,,2020-03-02T00:00:00Z,over,,,,,,,'];
  const record = (...given: string[]) => recordRows(client, 'mine', draftsIn(table(...given), DEFAULTS, []));
  await t.rejects(record(rows[0] as string, 'answer,a1,nothing,r1,,,,,,,,,,,'), { code: 'unknown-target', faults: [{ at: 'row 2' }] });
  await t.rejects(client.event('mine', 'r1'), { code: 'unknown-event' });
  await t.rejects(record('answer,a1,m2,m1,,,,,,,,,,,'), { code: 'bad-target', faults: [{ at: 'row 1, request' }] });
  t.match(await record(...rows.slice(0, 2)), { recorded: ['r1', 'a1'], known: [], revision: 3 });
  t.match(await record(...rows), { recorded: ['x1'], known: ['r1', 'a1'] });
  t.match(await record(...rows), { recorded: [], known: ['r1', 'a1', 'x1'] });
  await t.rejects(
    record(...rows, 'answer,a9,m1,nothing,,,,,,,,,,,'),
    { code: 'unknown-target', faults: [{ at: 'row 4' }] },
    'also where rows before it are there already',
  );
  await t.rejects(record('request,r1,m1,,bob,another,,,,,,,,,'), { code: 'id-reused', faults: [{ at: 'row 1, id' }] });
  await t.rejects(recordRows(client, 'nowhere', draftsIn(table(rows[0] as string), DEFAULTS, [])), { code: 'unknown-story' });
  t.match(await client.projection('mine', 'unanswered-requests'), { state: { totals: { requests: 1, answered: 1 } } });
});
