/**
 * The product, processes and all, on whatever EVENTSTORE_URL names. Its nodes record no story that nobody asked for.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { jsonEvent, NO_STREAM } from '@eventstore/db-client';
import t from 'tap';
import { productContract } from '../product.contract.js';
import { liveClient, liveUrl } from './server.js';

const url = liveUrl(t);
if (url !== undefined) {
  const { client, deleteAtEnd } = liveClient(t, url);
  const script = fileURLToPath(new URL('./fixtures/node.js', import.meta.url));
  const others = async (count: number, isSystem: boolean) => {
    const stream = `${isSystem ? '$ce-' : ''}try-order-${randomUUID()}`;
    deleteAtEnd(stream);
    const events = Array.from({ length: count }, () => jsonEvent({ type: 'OrderPlaced', data: { by: 'another' } }));
    // Whose user may not write there has others who do.
    await client.appendToStream(stream, events, { expectedRevision: NO_STREAM }).catch((error: unknown) => {
      if (!isSystem) throw error;
    });
  };
  productContract(t, { url, others, script, onStream: deleteAtEnd });
}
