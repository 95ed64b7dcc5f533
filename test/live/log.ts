/**
 * The contract of the log on whatever EVENTSTORE_URL names.
 */
import t from 'tap';
import { openEventStoreLog } from '../../src/log/eventstore/eventstore-log.js';
import { eventLogContract } from '../log/event-log.contract.js';
import { liveClient, liveUrl } from './server.js';

const connectionString = liveUrl(t);
if (connectionString !== undefined) {
  const { deleteAtEnd } = liveClient(t, connectionString);
  const open = async () => {
    const log = openEventStoreLog({ connectionString });
    return {
      ...log,
      append(...given: Parameters<typeof log.append>) {
        deleteAtEnd(given[0]);
        return log.append(...given);
      },
    };
  };
  eventLogContract(t, open, { forgets: true });
}
