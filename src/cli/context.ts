/**
 * What every command is given: the options that all have, where its output goes, and ways to Hindcast.
 * Invariants: what a story says goes to a terminal cleaned; the result goes to standard output, everything else to standard
 * error; with --json the result is JSON alone. What opens a log or a server is loaded when it is needed.
 */
import { once } from 'node:events';
import type { Command } from 'commander';
import { readConfig } from '../config.js';
import { HindcastError } from '../errors.js';
import type { EventLog } from '../log/log.js';
import type { House } from './house.js';
import { cleanJson, cleanLine } from './terminal/clean.js';
import { PLAIN, type Style, styleFor } from './terminal/style.js';

/** 0 done, 1 it could not be done, 2 it was not asked for as it should be, 3 what was checked does not fit. */
export const EXIT = { done: 0, failed: 1, misused: 2, doesNotFit: 3 } as const;

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isJson: boolean;
  /** Of a running server, as it was given. */
  readonly url: string | undefined;
  readonly style: Style;
  /** Cells of a line of standard output; where it is no terminal, as many as are easily read. */
  readonly width: number;
  /** Writes a line, or several, to standard output; resolves when more may be written. */
  print(lines: string | readonly string[]): Promise<void>;
  /** A value as a line of JSON, to standard output. */
  printJson(value: unknown): Promise<void>;
  /** Something beside the result, to standard error. */
  tell(text: string): void;
  /** A report: as JSON, or as lines of a name and a value. */
  report(about: object, stream?: NodeJS.WritableStream): void;
  /** With Hindcast, wherever it is. */
  withHouse<R>(action: (house: House) => Promise<R>, signal?: AbortSignal): Promise<R>;
  /** With the log itself, for what no server does. Throws `bad-request` where --url was given. */
  withLog<R>(action: (log: EventLog) => Promise<R>): Promise<R>;
  /** Throws `bad-request` where --url was given to a command that cannot use it. */
  refuseUrl(why: string): void;
}

interface Options {
  readonly json?: boolean;
  readonly url?: string;
  readonly tokenFile?: string;
}

const PLAIN_WIDTH = 100;
const NARROWEST = 40;

export function contextOf(program: Command, { env, stdout, stderr }: Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr'>): Context {
  const options = () => program.opts<Options>();
  const write = async (text: string) => {
    if (!stdout.write(text)) await once(stdout, 'drain');
  };
  const tell = (text: string) => void stderr.write(`${text}\n`);
  const context: Context = {
    env,
    get isJson() {
      return options().json === true;
    },
    get url() {
      return options().url;
    },
    get style() {
      return context.isJson ? PLAIN : styleFor(stdout, env);
    },
    get width() {
      return stdout.isTTY ? Math.max(NARROWEST, stdout.columns) : PLAIN_WIDTH;
    },
    print: (lines) => write(`${typeof lines === 'string' ? lines : lines.join('\n')}\n`),
    printJson: (value) => write(`${cleanJson(value)}\n`),
    tell,
    report(about, stream = stdout) {
      const text = context.isJson
        ? cleanJson(about)
        : Object.entries(about)
            .map(([name, value]) => `${name}: ${cleanLine(String(value))}`)
            .join('\n');
      stream.write(`${text}\n`);
    },
    async withHouse(action, signal) {
      const { url, tokenFile } = options();
      const more = { env, tell, ...(signal === undefined ? {} : { signal }) };
      const house =
        url === undefined
          ? await (await import('./folder-house.js')).openFolder(more)
          : (await import('./server-house.js')).openServer({ url, tokenFile, ...more });
      try {
        return await action(house);
      } finally {
        await house.close();
      }
    },
    async withLog(action) {
      context.refuseUrl('this reads and writes the log itself: that of HINDCAST_DATA or of EVENTSTORE_URL');
      const { openLog } = await import('../open-log.js');
      const opened = await openLog(readConfig(env), (error) => tell(String(error)));
      try {
        return await action(opened.log);
      } finally {
        await opened.close();
      }
    },
    refuseUrl(why) {
      if (options().url !== undefined) throw new HindcastError('bad-request', `--url does not go with this command: ${why}.`, [{ at: 'url', message: why }]);
    },
  };
  return context;
}
