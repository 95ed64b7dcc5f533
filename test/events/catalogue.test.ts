import t from 'tap';
import Type from 'typebox';
import { canonicalBody, catalogue, createCatalogue } from '../../events/catalogue.js';
import { happeningFields } from '../../events/envelope.js';
import { correction, hour, message, mooted, request } from '../support/drafts.js';

const RECORDED = { story: 'a-story', position: '7', revision: 3, recordedAt: hour(9) };
const faults = (draft: unknown) => {
  const parsed = catalogue.parseDraft(draft, () => 'made');
  return 'faults' in parsed ? parsed.faults.map((fault) => fault.at) : [];
};

t.test('a draft is completed: id, time, seq, visibility', (t) => {
  const { id: _, ...draft } = message('m', hour(1));
  const parsed = catalogue.parseDraft(draft, () => 'made');
  t.match(parsed, { event: { id: 'made', seq: 0, visibility: 'private', occurredAt: hour(1), when: { precision: 'second' }, sources: [] } });
  t.end();
});

t.test('what is stored is read back as the same event', (t) => {
  for (const draft of [
    message('m', hour(1), { requests: [{ text: 'please' }] }),
    message('n', null),
    request('r', 'm'),
    mooted('x', 'r', hour(2)),
    correction('c', 'm', { data: { text: 'right' } }),
  ]) {
    const parsed = catalogue.parseDraft(draft, () => 'made');
    if ('faults' in parsed) throw new Error('faults');
    const stored = JSON.parse(JSON.stringify(catalogue.toStored(parsed.event)));
    const read = catalogue.parseStored(stored, RECORDED);
    t.strictSame(read, { event: { ...parsed.event, ...RECORDED } });
    t.equal('event' in read && canonicalBody(read.event), canonicalBody(parsed.event));
  }
  t.end();
});

t.test('a fault names the field and says what is wrong', (t) => {
  t.strictSame(faults({ type: 'MessageSend', data: {} }), ['/type']);
  t.strictSame(faults({ ...message('m', hour(1)), colour: 'red' }), ['/colour']);
  t.strictSame(faults(message('m', hour(1), { from: 'Ann' })), ['/data/from']);
  t.strictSame(faults(message('m', hour(1), { to: [] })), ['/data/to']);
  t.strictSame(faults(message('m', hour(1), { text: undefined })), ['/data/text']);
  t.strictSame(faults(message('m', '2020-02-30T00:00:00Z')), ['/occurredAt']);
  t.strictSame(faults(message('m', hour(1), {}, { when: { earliest: hour(2) } })), ['/occurredAt']);
  t.strictSame(faults(message('m', hour(1), {}, { disclosures: [{ to: 'bob', at: 'yesterday' }] })), ['/disclosures/0/at']);
  t.strictSame(faults(message('a\u0000b', hour(1))), ['/id']);
  t.strictSame(faults(message('m'.repeat(201), hour(1))), ['/id']);
  t.strictSame(faults(message('m', hour(1), { text: 'half \ud800' })), ['/data/text']);
  t.strictSame(faults(request('r', 'm', { basis: 'inferred' })), ['/data/rule']);
  t.strictSame(faults(mooted('x', 'r', '2020-13-01T00:00:00Z')), ['/data/at']);
  t.strictSame(faults(mooted('x', 'r', hour(5), { when: { earliest: hour(6), latest: hour(7) } })), ['/data/at']);
  t.strictSame(faults({ ...request('r', 'm'), occurredAt: hour(1) }), ['/occurredAt'], 'an annotation has no time of its own');
  let deep: unknown = 'x';
  for (let i = 0; i < 50_000; i++) deep = [deep];
  t.match(faults(correction('c', 'm', { data: { text: deep } })), [/^\/data\/set\/data\/text/], 'nested too deep');
  t.strictSame(faults('text'), ['/']);
  t.strictSame(faults([1]), ['/']);
  t.end();
});

t.test('what the log holds and this version cannot read is told apart', (t) => {
  const stored = { type: 'MessageSent', data: message('m', hour(1)), metadata: { id: 'm', version: 1 } };
  t.match(catalogue.parseStored({ ...stored, type: 'PigeonSent' }, RECORDED), { unknownType: true });
  for (const broken of [
    { ...stored, metadata: null },
    { ...stored, metadata: { id: 'm', version: 99 } },
    { ...stored, metadata: { id: 'm', version: 'x' } },
    { ...stored, data: 'text' },
    { ...stored, data: null },
    { ...stored, metadata: { id: 'm\ud800' } },
    { ...stored, data: message('m', hour(1), { text: 'half \udc00' }) },
  ])
    t.ok('faults' in catalogue.parseStored(broken, RECORDED));
  t.end();
});

t.test('an event of version 1 is brought up to the version of its schema', (t) => {
  const closed = { additionalProperties: false };
  const schema = Type.Object(
    { type: Type.Literal('MessageSent'), ...happeningFields, data: Type.Object({ from: Type.String(), to: Type.Array(Type.String()) }, closed) },
    closed,
  );
  const types = createCatalogue([
    {
      type: 'MessageSent',
      version: 3,
      played: true,
      schema,
      upcasts: {
        // Version 1 had one addressee, version 2 called the sender "sender".
        1: (body) => ({ ...body, data: { ...(body.data as object), to: [(body.data as { to: string }).to] } }),
        2: (body) => ({ ...body, data: { from: (body.data as { sender: string }).sender, to: (body.data as { to: string[] }).to } }),
      },
    },
  ]);
  const data = { occurredAt: hour(1), data: { sender: 'ann', to: 'bob' } };
  t.match(types.parseStored({ type: 'MessageSent', data, metadata: { id: 'm', version: 1 } }, RECORDED), {
    event: { data: { from: 'ann', to: ['bob'] }, occurredAt: hour(1) },
  });
  t.match(types.parseStored({ type: 'MessageSent', data: { ...data, data: { sender: 'ann', to: ['bob'] } }, metadata: { id: 'm', version: 2 } }, RECORDED), {
    event: { data: { from: 'ann', to: ['bob'] } },
  });
  const gap = createCatalogue([{ type: 'MessageSent', version: 3, played: true, schema }]);
  t.match(gap.parseStored({ type: 'MessageSent', data, metadata: { id: 'm', version: 1 } }, RECORDED), { faults: [{ at: '/metadata/version' }] });
  t.match(
    types.parseStored({ type: 'MessageSent', data: { occurredAt: hour(1) }, metadata: { id: 'm', version: 1 } }, RECORDED),
    { faults: [{ at: '/data', message: 'is no body of version 1 of MessageSent' }] },
    'whoever wrote it may have written anything',
  );
  t.end();
});
