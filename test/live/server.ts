/**
 * The EventStoreDB that EVENTSTORE_URL names, which may be other people's too: what the tests write there is taken away again.
 * It starts nothing: that is for whoever runs it.
 */
import { EventStoreDBClient } from '@eventstore/db-client';
import type { Test } from 'tap';

/** The connection string; undefined where there is none, which fails the test. */
export function liveUrl(t: Test): string | undefined {
  const { EVENTSTORE_URL: url = '' } = process.env;
  if (url !== '') return url;
  t.fail(
    "EVENTSTORE_URL names no log. Start one, say with `docker compose up eventstore` and a port of its own, or `HINDCAST_ESDB_PORT=2113 npm start`, and set EVENTSTORE_URL='esdb://127.0.0.1:2113?tls=false'.",
  );
  return undefined;
}

/** A client for what no Hindcast does: it writes as others do, and deletes at the end of the test what it was told of. */
export function liveClient(t: Test, url: string) {
  const client = EventStoreDBClient.connectionString(url);
  const streams = new Set<string>();
  t.teardown(async () => {
    for (const stream of streams) await client.deleteStream(stream).catch(() => {});
    await client.dispose();
  });
  return { client, deleteAtEnd: (stream: string) => void streams.add(stream) };
}
