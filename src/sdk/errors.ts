/**
 * Errors as the SDK gives them: those of the server's register under their own codes, and a few that arise here.
 * Invariant: whoever catches one tells what happened by `code`, never by the words.
 */
import { ERRORS, type ErrorCode, type ErrorEntry, type Fault } from '../errors.js';

/** Codes that no server sends. */
export const SDK_ERRORS = {
  superseded: 'A newer control took the place of this one before it was answered.',
  closed: 'The replay is closed.',
  'connection-lost': 'The server cannot be reached.',
  'consumer-too-slow': 'What was sent is not taken, and the socket of this platform cannot be paused.',
  'bad-answer': 'What the server sent is not of this protocol.',
} as const;

/** A code of the server's register, one of the SDK's own, or one that a newer server has. */
export type ReplayErrorCode = ErrorCode | keyof typeof SDK_ERRORS | (string & {});

/** `faults` says where in the message or the query something is wrong, where the server named it. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  /** HTTP status: the register's for the code, else that of the answer; undefined where there is neither. */
  readonly status: number | undefined;

  constructor(
    readonly code: ReplayErrorCode,
    message: string = sentenceOf(code),
    readonly faults: readonly Fault[] = [],
    { status, ...options }: { cause?: unknown; status?: number | undefined } = {},
  ) {
    super(message, options);
    this.status = entryOf(code)?.status ?? status;
  }
}

function entryOf(code: string): ErrorEntry | undefined {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined;
}

function sentenceOf(code: string): string {
  return entryOf(code)?.sentence ?? (Object.hasOwn(SDK_ERRORS, code) ? SDK_ERRORS[code as keyof typeof SDK_ERRORS] : code);
}

/** Statuses that say "later", not "never". */
const isLater = (status: number) => status >= 500 || status === 408 || status === 429;

/** True where the same may succeed later: the server is away, overloaded or behind. False for whatever else was thrown. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ReplayError) || error.code === 'view-failed') return false;
  return error.status === undefined ? error.code === 'connection-lost' : isLater(error.status);
}

/** How a socket ended, or why it could not be opened. */
export interface Ending {
  /** Close code. */
  readonly close: number;
  /** Close reason: a code of the register, where the server gives one. */
  readonly reason: string;
  /** HTTP status, where the server answered without opening a socket. */
  readonly status?: number;
  /** The last error that was told before it ended. */
  readonly told?: ReplayError | undefined;
}

/** What an ending means, as an error. */
export function errorOf({ close, reason, status, told }: Ending): ReplayError {
  if (told !== undefined && (reason === '' || reason === told.code)) return told;
  if (reason !== '') return new ReplayError(reason, undefined, [], { status });
  const how = status === undefined ? `close code ${close}` : `HTTP status ${status}`;
  return new ReplayError('connection-lost', `${SDK_ERRORS['connection-lost']} (${how})`, [], { status });
}

/** True where the same opening can never succeed: to try again would be no use. */
export function isHopeless(ending: Ending): boolean {
  const error = errorOf(ending);
  if (isPassing(error)) return false;
  if (error.status !== undefined || error.code === 'bad-answer') return true;
  // A code of a newer server: the close code tells its kind.
  return ending.close >= 4400 && ending.close < 4500 && !isLater(ending.close - 4000);
}
