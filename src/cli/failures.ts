/**
 * How a command that failed says so: an exit code, and a sentence that helps, or JSON.
 */
import { CommanderError } from 'commander';
import { type Fault, isHindcastError } from '../errors.js';
import { ReplayError } from '../sdk/index.js';
import { EXIT } from './context.js';
import { clean, cleanJson } from './terminal/clean.js';

/** Errors of whoever asked. */
const MISUSES: readonly string[] = ['bad-config', 'bad-request', 'bad-time', 'bad-rate', 'fit-with-rate'];
/** What may be done about it. */
const HINTS: Readonly<Record<string, string>> = {
  'data-in-use': 'Where that is a running server, ask it: --url http://127.0.0.1:8080 (or its address).',
  unauthenticated: 'Give a token: --token-file <file>, or HINDCAST_TOKEN in the environment.',
};

interface Known {
  readonly code: string;
  readonly message: string;
  readonly faults: readonly Fault[];
}

const knownOf = (error: unknown): Known | undefined => (isHindcastError(error) || error instanceof ReplayError ? error : undefined);

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
  return MISUSES.includes(knownOf(error)?.code ?? '') ? EXIT.misused : EXIT.failed;
}

/** What is written to standard error; nothing where the parser has said it already. */
export function sentenceOf(error: unknown, isJson: boolean): string {
  if (error instanceof CommanderError) return '';
  const known = knownOf(error);
  if (known !== undefined && isJson) return `${cleanJson({ code: known.code, message: known.message, faults: known.faults })}\n`;
  const hint = known === undefined ? undefined : HINTS[known.code];
  return `${clean(error instanceof Error ? error.message : String(error))}${hint === undefined ? '' : `\n${hint}`}\n`;
}
