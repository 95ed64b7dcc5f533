/**
 * The log that the configuration names: in the data folder, which is then this process's alone, or in EventStoreDB.
 * Invariant: what is wrong with a connection string is said before anything is touched.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';
import { type EmbeddedLog, openEmbeddedLog } from './log/embedded/embedded-log.js';
import { acquireFolder } from './log/embedded/folder-lock.js';
import { openEventStoreLog } from './log/eventstore/eventstore-log.js';
import type { EventLog } from './log/log.js';

export interface OpenedLog {
  readonly log: EventLog;
  /** The same, where it is in the data folder. */
  readonly embedded: EmbeddedLog | undefined;
  close(): Promise<void>;
}

/** Throws `bad-config`, `data-in-use`, `data-newer`, `data-damaged` or `log-unavailable`. */
export async function openLog(
  { eventStore, data, maxAppendBytes }: Pick<Config, 'eventStore' | 'data' | 'maxAppendBytes'>,
  onFault: (error: unknown) => void,
): Promise<OpenedLog> {
  const outside = eventStore === null ? undefined : openEventStoreLog({ connectionString: eventStore, maxAppendBytes });
  try {
    mkdirSync(data, { recursive: true });
    const release = await acquireFolder(data);
    try {
      const embedded = outside === undefined ? await openEmbeddedLog({ folder: logFolder(data), maxAppendBytes, onFault }) : undefined;
      const log = outside ?? (embedded as EventLog);
      const close = async () => {
        await log.close();
        await release();
      };
      return { log, embedded, close };
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    await outside?.close();
    throw error;
  }
}

/** Where the log is in a data folder. */
export function logFolder(data: string): string {
  return join(data, 'log');
}
