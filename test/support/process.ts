/**
 * The server as a process of its own, as a user starts it: for what only a process can show.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SERVER } from './places.js';

export interface ServerProcess {
  readonly child: ChildProcess;
  /** The address it printed; rejects with what it wrote where it ends before. */
  readonly address: Promise<string>;
  /** The connection string of its log, where it serves that. */
  readonly log: Promise<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  readonly written: () => string;
}

export interface StartOptions {
  /** A command that runs the one that is given to it. */
  readonly before?: readonly string[];
  /** What is run, where it is not the server as it is built. */
  readonly script?: string;
}

export function startServer(
  t: { teardown(fn: () => unknown): void },
  env: Record<string, string>,
  { before = [], script = SERVER }: StartOptions = {},
): ServerProcess {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const [command = '', ...args] = [...before, process.execPath, script];
  const child = spawn(command, args, { env: { ...inherited, PORT: '0', LOG_LEVEL: 'silent', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string | null);
  const address = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        written += chunk.toString();
        const found = /Hindcast is at (\S+)/.exec(written)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    void ended.then(() => reject(new Error(`it ended: ${written}`)));
  });
  const log = new Promise<string>((resolve) => {
    child.stdout?.on('data', () => {
      const found = /Its log is at (\S+)/.exec(written)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  address.catch(() => {});
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { child, address, log, ended, written: () => written };
}
