/**
 * The contract of the log on whatever EVENTSTORE_URL names. It starts nothing: that is for whoever runs it.
 */
import t from 'tap';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import { eventLogContract } from '../event-log.contract.js';

const { EVENTSTORE_URL: connectionString = '' } = process.env;

if (connectionString === '')
  t.fail(
    "EVENTSTORE_URL names no log. Start one, say with `docker compose up eventstore` and a port of its own, or `HINDCAST_ESDB_PORT=2113 npm start`, and set EVENTSTORE_URL='esdb://127.0.0.1:2113?tls=false'.",
  );
else eventLogContract(t, async () => openEventStoreLog({ connectionString }));
