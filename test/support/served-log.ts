/**
 * An embedded log that this process serves over EventStoreDB's protocol, at one port for as long as the test wants: it can begin
 * anew there, as a server that was stopped and started.
 */
import { type EmbeddedLog, openEmbeddedLog } from '../../src/log/embedded/embedded-log.js';
import { type EventStoreServerOptions, serveEventStore } from '../../src/esdb-server/server.js';

export interface ServedLogInTest {
  readonly url: string;
  readonly port: number;
  /** The log as it is now; others write to it. */
  readonly log: EmbeddedLog;
  changeLeader(): void;
  /** Ends and begins anew; what it kept in memory is gone. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function serveLog(
  folder: string,
  options: Partial<Pick<EventStoreServerOptions, 'manners' | 'protects' | 'port'>> = {},
): Promise<ServedLogInTest> {
  let log = await openEmbeddedLog({ folder });
  let server = await serveEventStore({ log, port: 0, ...options });
  const { port } = server;
  const close = async () => {
    await server.close();
    await log.close();
  };
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    get log() {
      return log;
    },
    changeLeader: () => server.changeLeader(),
    async restart() {
      await close();
      log = await openEmbeddedLog({ folder });
      server = await serveEventStore({ log, ...options, port });
    },
    close,
  };
}
