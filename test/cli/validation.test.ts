import fc from 'fast-check';
import t from 'tap';
import { checkFile, elementsOf, type Finding } from '../../src/cli/validation.js';
import { toNdjson } from '../../src/exporters/cloud-events.js';
import { answer, hour, message, recorded, request } from '../support/drafts.js';

async function check(text: string | Uint8Array) {
  const findings: Finding[] = [];
  const checked = await checkFile(
    async function* () {
      yield Buffer.from(text);
    },
    (finding) => findings.push(finding),
  );
  const lines = (kind: Finding['kind']) => findings.filter((one) => one.kind === kind).map(({ line, at, message }) => `${line} ${at} ${message}`);
  return { ...checked, found: lines('fault'), notes: lines('note') };
}
const DRAFTS = [message('m1', hour(9)), message('m2', hour(10), { from: 'bob', to: ['ann'] }), request('r1', 'm1'), answer('a1', 'r1', 'm2')];
const ndjson = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

t.test('drafts and CloudEvents fit, a record a line or as a document, however it is laid out', async (t) => {
  const fits = { records: 4, faults: 0, found: [], notes: [] };
  t.strictSame(await check(ndjson(DRAFTS)), fits);
  t.strictSame(await check(JSON.stringify(DRAFTS)), fits);
  t.strictSame(await check(JSON.stringify(DRAFTS, undefined, 2)), fits);
  t.strictSame(await check(JSON.stringify(DRAFTS[0], undefined, 2)), { ...fits, records: 1 });
  let events = '';
  for await (const line of toNdjson(
    (async function* () {
      yield* recorded(DRAFTS);
    })(),
  ))
    events += line;
  t.strictSame(await check(`\n\ufeff${events}`.slice(1)), fits);
});

t.test('each fault is told with the line of its record, and those after it as well', async (t) => {
  const broken = [DRAFTS[0], { ...(DRAFTS[1] as object), occurredAt: '2020-02-30T00:00:00Z' }, 'x', { ...(DRAFTS[2] as object), colour: 'red' }];
  t.match(await check(ndjson(broken)), { records: 4, faults: 3, found: [/^2 \/occurredAt/, /^3 \/ /, /^4 \/colour/] });
  t.match(await check(`[\n${broken.map((one) => JSON.stringify(one)).join(',\n')}\n]`), { found: [/^3 \/occurredAt/, /^4 \/ /, /^5 \/colour/] });
  t.match(await check(`${JSON.stringify(DRAFTS[0])}\n{"half\n${JSON.stringify(DRAFTS[0])}`), { records: 3, faults: 1, found: [/^2 \/ not JSON/] });
  t.match(await check(ndjson([DRAFTS[0], message('m1', hour(9), { text: 'other' }), DRAFTS[0]])), {
    faults: 1,
    found: [/^2 \/id "m1" says something else on line 1/],
  });
  t.match(await check(ndjson([DRAFTS[3]])), { faults: 0, notes: [/^1 \/data about m2, r1/] });
  t.match(await check(''), { faults: 1, found: [/nothing in it/] });
  t.match(await check('[]'), { faults: 1 });
  t.match(await check(`[${JSON.stringify(DRAFTS[0])}`), { faults: 1, found: [/^1 \/ not JSON/] });
  t.match(await check(`[${JSON.stringify(DRAFTS[0])}] more`), { faults: 1, found: [/^1 \/ not JSON/] });
  t.match(await check(Buffer.concat([Buffer.from(`${JSON.stringify(DRAFTS[0])}\n`), Buffer.from([0xff, 0x0a])])), {
    faults: 1,
    found: [/^2 \/ byte \d+ is not UTF-8/],
  });
});

t.test('a list is taken apart into what it was made of, with the line of each', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 8 }), fc.constantFrom(undefined, 1, 2), (values, indent) => {
      const text = JSON.stringify(values, undefined, indent);
      const parts = [...elementsOf(text)];
      t.strictSame(
        parts.map(({ text: part }) => JSON.parse(part)),
        JSON.parse(text),
      );
      let from = 1;
      for (const { number, text: part } of parts) {
        const at = text.indexOf(part, from);
        t.equal(number, text.slice(0, at).split('\n').length);
        from = at + part.length;
      }
    }),
  );
});
