/**
 * The command line in a real pseudo-terminal, made by `script` of util-linux; keys go in, what the terminal is sent comes out.
 * Where there is no such `script` the tests say so; in CI one that is there has to work.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI } from './places.js';

type T = { testdir(): string; teardown(fn: () => unknown): void };

const version = spawnSync('script', ['--version'], { encoding: 'utf8' });
const works = () => {
  const tried = spawnSync('script', ['-qfec', 'stty size', '/dev/null'], { encoding: 'utf8', input: '' });
  return tried.status === 0 && /\d+ \d+/.test(tried.stdout);
};
const isThere = version.status === 0 && version.stdout.includes('util-linux');

/** False where there is a terminal to be had, else the reason why there is none. */
export const skipped: string | false = !isThere
  ? 'there is no `script` of util-linux here, and so no terminal'
  : process.env.CI !== undefined || works()
    ? false
    : '`script` cannot open a terminal here';

export interface Terminal {
  /** Resolves when the terminal has been sent this since the last time it was asked for. */
  shows(what: string | RegExp): Promise<void>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the command has ended: its exit code, all that was sent, and whether the terminal is as it was. */
  ended(): Promise<{ readonly code: number; readonly sent: string; readonly isRestored: boolean }>;
}

export function open(t: T, folder: string, args: readonly string[], env: Record<string, string> = {}, nodeArgs: readonly string[] = []): Terminal {
  const quoted = [process.execPath, ...nodeArgs, CLI, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
  const [before, after] = [join(folder, 'before'), join(folder, 'after')];
  const script = `stty rows 30 cols 100; stty -a > '${before}'; echo TTY=$(tty); sh -c 'echo PID=$$; exec "$@"' x ${quoted}; echo CODE=$?; stty -a > '${after}'`;
  const { NODE_OPTIONS: _, NO_COLOR: __, ...inherited } = process.env;
  const child = spawn('script', ['-qfc', script, '/dev/null'], {
    env: { ...inherited, TERM: 'xterm', LC_ALL: 'C.UTF-8', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let sent = '';
  let seen = 0;
  const closed = once(child, 'close');
  const look = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    sent += text;
    for (const one of look) one();
  });
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await closed;
  });
  const found = (pattern: RegExp): string => pattern.exec(sent)?.[1] ?? '';
  return {
    async shows(what) {
      const pattern = typeof what === 'string' ? new RegExp(what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : what;
      await new Promise<void>((resolve, reject) => {
        const check = () => {
          const match = pattern.exec(sent.slice(seen));
          if (match === null) return;
          seen += match.index + match[0].length;
          look.delete(check);
          resolve();
        };
        look.add(check);
        void closed.then(() => reject(new Error(`it ended, and never showed ${pattern}: ${sent.slice(-2_000)}`)));
        check();
      });
    },
    type: (keys) => void child.stdin.write(keys),
    resize: (columns, rows) => void spawnSync('stty', ['-F', found(/TTY=(\S+)/), 'cols', String(columns), 'rows', String(rows)]),
    signal: (name) => void process.kill(Number(found(/PID=(\d+)/)), name),
    async ended() {
      await closed;
      return {
        code: Number(found(/CODE=(\d+)/)),
        sent,
        isRestored: readFileSync(before, 'utf8') === readFileSync(after, 'utf8').replace(/rows \d+; columns \d+/, 'rows 30; columns 100'),
      };
    },
  };
}
