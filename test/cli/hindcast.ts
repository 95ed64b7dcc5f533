/**
 * The built command line as a process of its own, for tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CLI } from '../support/places.js';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts it, for who does something while it runs. */
export function startHindcast(env: Record<string, string>, ...args: string[]) {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  return spawn(process.execPath, [CLI, ...args], { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** With `--json` a report is JSON on standard output, or an error on standard error. */
export async function hindcast(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  const child = startHindcast(env, ...args);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    texts.out += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    texts.err += bytes.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}
