/**
 * The whole app as the process runs it, in a folder of the test's own, closed with the test.
 */
import { join } from 'node:path';
import { pino } from 'pino';
import { type App, type AppOptions, createApp } from '../../src/app.js';
import { type Config, readConfig } from '../../src/config.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };

/** Opens the app; with `listen`, on a free port, and answers its address. */
export async function buildApp(t: T, more: Partial<Config> = {}, options: AppOptions = {}): Promise<App & { folder: string }> {
  const folder = more.data ?? join(t.testdir(), 'data');
  const app = await createApp({ ...readConfig({ PORT: '0', HINDCAST_DATA: folder, LOG_LEVEL: 'silent' }), ...more }, pino({ level: 'silent' }), options);
  t.teardown(() => app.close());
  return { ...app, folder };
}
