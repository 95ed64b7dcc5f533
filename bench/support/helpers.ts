/**
 * Processes beside a bench: servers, so that what they cost is theirs alone, and watchers, so that what they cost is not the
 * server's. The bench asks, a helper answers, one question after another or many at once.
 * Invariant: a helper ends when the bench does, whatever becomes of it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a helper can be asked to do, by name; each takes one value and answers one, as plain JSON. */
export type Deeds = Readonly<Record<string, (input: never) => unknown>>;

export interface Helper<D extends Deeds> {
  ask<K extends keyof D & string>(deed: K, ...input: Parameters<D[K]>): Promise<Awaited<ReturnType<D[K]>>>;
  end(): Promise<void>;
}

interface Question {
  readonly n: number;
  readonly deed: string;
  readonly input: unknown;
}
interface Answer {
  readonly n: number;
  readonly answer?: unknown;
  readonly fault?: string;
}

const started = new Set<ChildProcess>();

/** Lets go of all that still run: a bench that fails would wait for them. */
export async function endHelpers(): Promise<void> {
  await Promise.all(
    [...started].map(async (child) => {
      if (child.connected) child.disconnect();
      await once(child, 'exit');
    }),
  );
}

/** Starts a compiled script that lies beside this one. `flags` are for Node itself. */
export function startHelper<D extends Deeds>(script: string, args: readonly string[] = [], flags: readonly string[] = []): Helper<D> {
  const child: ChildProcess = fork(fileURLToPath(new URL(`./${script}.js`, import.meta.url)), args, { execArgv: ['--enable-source-maps', ...flags] });
  started.add(child);
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on('message', (message: unknown) => {
    const { n, answer, fault } = message as Answer;
    const one = waiting.get(n);
    waiting.delete(n);
    if (fault === undefined) one?.resolve(answer);
    else one?.reject(new Error(`${script}: ${fault}`));
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    started.delete(child);
    for (const { reject } of waiting.values()) reject(new Error(`${script} has ended: ${code ?? signal}`));
  });
  return {
    ask(deed, ...[input]) {
      return new Promise((resolve, reject) => {
        const n = asked++;
        waiting.set(n, { resolve: (answer) => resolve(answer as never), reject });
        child.send({ n, deed, input } satisfies Question);
      });
    },
    async end() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** In a helper: does what it is asked, and ends with whoever asks. */
export function help(deeds: Deeds, close: () => unknown = () => {}): void {
  process.on('message', async ({ n, deed, input }: Question) => {
    let reply: Answer;
    try {
      reply = { n, answer: await (deeds[deed] as (input: unknown) => unknown)(input) };
    } catch (error) {
      reply = { n, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    if (process.connected) process.send?.(reply);
  });
  process.on('disconnect', async () => {
    await close();
    process.exit(0);
  });
}
