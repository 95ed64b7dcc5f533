/**
 * The process: environment in, signals, exit code out.
 * Exit codes: 0 after a signal, 1 where it could not start, 2 where the configuration is not valid.
 */
import { pino } from 'pino';
import { type App, createApp } from './app.js';
import { readConfig } from './config.js';
import { isHindcastError } from './errors.js';

/** A shutdown that takes longer is cut off: nothing acknowledged is lost by it. */
const LONGEST_SHUTDOWN_MS = 10_000;

function fail(error: unknown): never {
  process.stderr.write(`${isHindcastError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(isHindcastError(error) && error.code === 'bad-config' ? 2 : 1);
}

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const logger = pino({ level: config.logLevel }, pino.destination(2));
  const app: App = await createApp(config, logger);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), LONGEST_SHUTDOWN_MS).unref();
    app.close().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const address = await app.listen().catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  process.stdout.write(`Hindcast is at ${address}\n`);
  if (app.esdbPort !== undefined) process.stdout.write(`Its log is at esdb://127.0.0.1:${app.esdbPort}?tls=false\n`);
}

start().catch(fail);
