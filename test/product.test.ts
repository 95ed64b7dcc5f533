/**
 * The product on each kind of log: the embedded one, EventStoreDB as it is served here, and with the manners of a real one.
 */
import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { type Manners, REAL_MANNERS } from '../src/esdb-server/manners.js';
import { productContract } from './product.contract.js';
import { serveLog } from './support/served-log.js';

/** A served log, and what others write to it. */
async function served(t: Test, manners: Manners) {
  const { url, log, close } = await serveLog(t.testdir(), { manners });
  t.teardown(close);
  const others = async (count: number, isSystem: boolean) => {
    const events = Array.from({ length: count }, () => ({ id: randomUUID(), type: isSystem ? '$>' : 'OrderPlaced', data: { by: 'another' }, metadata: {} }));
    await log.append(`${isSystem ? '$ce-' : ''}order-${randomUUID()}`, events, 'no_stream');
  };
  return { url, others };
}

t.test('on the embedded log', (t) => {
  productContract(t, {});
  t.end();
});

t.test('on EventStoreDB as it is served here', async (t) => productContract(t, await served(t, {})));

t.test('on a server with the manners of a real one', async (t) => productContract(t, await served(t, REAL_MANNERS)));
