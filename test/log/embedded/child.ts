/**
 * Runs a script of this folder in a process of its own. It is compiled once for the tests of a file, with all it imports,
 * since reading TypeScript anew would cost each process seconds.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Child {
  /** Lines it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves when it has printed so many lines, rejects if it ended before. */
  printed(count: number): Promise<void>;
  /** Kills it without warning; resolves when it is gone and all it printed has been read. */
  kill(): Promise<void>;
  /** Resolves with its exit code when it has ended by itself. */
  readonly ended: Promise<number | null>;
}

/** What stands before the command: a shell, say, that sets a limit. */
export type Wrap = (command: string, args: string[]) => [command: string, args: string[]];

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Compiles a script into a folder, which must be within this repository; the answer runs it. */
export function childScript(folder: string, script: string): (args: readonly string[], wrap?: Wrap) => Child {
  const path = compile(fileURLToPath(new URL(script, import.meta.url)), folder, new Set());
  return (args, wrap = (command, rest) => [command, rest]) => run(...wrap(process.execPath, [path, ...args]));
}

/** Compiles a file and what it imports from this repository, and answers where the result is. */
function compile(path: string, folder: string, done: Set<string>): string {
  const target = join(folder, relative(ROOT, path)).replace(/\.ts$/, '.js');
  if (done.has(path)) return target;
  done.add(path);
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
  for (const [, name] of outputText.matchAll(/from '(\.[^']*)\.js'/g)) compile(join(dirname(path), `${name}.ts`), folder, done);
  return target;
}

function run(command: string, args: string[]): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const errors: string[] = [];
  const waiting = new Set<{ count: number; resolve: () => void; reject: (error: Error) => void }>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const read = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        lines.push(line);
        for (const one of waiting) {
          if (lines.length < one.count) continue;
          waiting.delete(one);
          one.resolve();
        }
      })
      .on('close', resolve);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      for (const one of waiting) one.reject(new Error(`the process ended after ${lines.length} lines: ${errors.join('')}`));
      resolve(code);
    });
  });
  return {
    lines,
    ended,
    printed: (count) =>
      new Promise((resolve, reject) => {
        if (lines.length >= count) resolve();
        else waiting.add({ count, resolve, reject });
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
      await read;
    },
  };
}
