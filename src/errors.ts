/**
 * The one register of errors: every code a user can meet, with its sentence, its HTTP status and its
 * socket close code. Invariant: a code is never renamed or reused; README lists the same set (a test proves it).
 */

export interface ErrorEntry {
  /** What went wrong, for a person; the particulars follow in `detail`. */
  readonly sentence: string;
  /** HTTP status of the problem reply. */
  readonly status: number;
  /** WebSocket close code, where the error ends a socket. */
  readonly close?: number;
}

export const ERRORS = {
  'bad-json': { sentence: 'The body is not JSON.', status: 400 },
  'bad-media-type': { sentence: 'This media type is not taken here.', status: 415 },
  'bad-request': { sentence: 'The request cannot be understood.', status: 400, close: 4400 },
  'bad-time': { sentence: 'That is not a time as RFC 3339 with an offset.', status: 400, close: 4400 },
  'body-too-large': { sentence: 'The body is larger than this server takes.', status: 413 },
  'bad-event': { sentence: 'The event does not fit its schema.', status: 422 },
  'unknown-format': { sentence: 'The format of the archive is not known, or not given.', status: 422 },
  'bad-archive': { sentence: 'The archive cannot be taken as it is.', status: 422 },
  'unknown-type': { sentence: 'There is no such event type.', status: 422 },
  'unknown-target': { sentence: 'The annotation is about an event or a request that is not in the story.', status: 422 },
  'bad-target': { sentence: 'The annotation cannot be about that event.', status: 422 },
  'id-reused': { sentence: 'That id is taken by another event of this story.', status: 409 },
  'partly-stored': { sentence: 'Some of these events are stored already and some are not.', status: 409 },
  'wrong-revision': { sentence: 'The story is not at the revision you expected.', status: 409 },
  'story-exists': { sentence: 'The story exists already.', status: 409 },
  'unknown-story': { sentence: 'There is no such story.', status: 404, close: 4404 },
  'unknown-session': { sentence: 'There is no such shared session.', status: 404, close: 4404 },
  'session-over': { sentence: 'The shared session has been closed, or has expired.', status: 410, close: 4410 },
  'unknown-event': { sentence: 'There is no such event in the story.', status: 404 },
  'unknown-projection': { sentence: 'There is no such projection.', status: 404, close: 4404 },
  'unknown-list': { sentence: 'The view has no such list.', status: 404 },
  'view-failed': { sentence: 'The view cannot be folded over this story.', status: 500, close: 4500 },
  'unknown-route': { sentence: 'There is nothing at this address.', status: 404 },
  'wrong-method': { sentence: 'This address does not take that method.', status: 405 },
  'wrong-host': { sentence: 'The Host named in the request is not one this server answers for.', status: 421 },
  unauthenticated: { sentence: 'This takes a token of this server.', status: 401, close: 4401 },
  forbidden: { sentence: 'The token does not allow this.', status: 403, close: 4403 },
  'too-busy': { sentence: 'As much is under way as is taken at a time; try again shortly.', status: 503 },
  'too-many-tickets': { sentence: 'There are as many unused tickets as the server keeps.', status: 503 },
  'wrong-origin': { sentence: 'Pages of that origin may not talk to this server.', status: 403 },
  'not-yet': { sentence: 'The read model has not come that far yet; try again shortly.', status: 503, close: 1013 },
  'story-tombstoned': { sentence: 'The log has closed this story for good: nothing is added to it, and the log no longer gives it out.', status: 410 },
  'story-truncated': { sentence: 'The log lacks events that this story had.', status: 409 },
  'log-replaced': { sentence: 'The log is another than the one that was read: it lacks what stood in it.', status: 503, close: 1013 },
  'log-unavailable': { sentence: 'The event log cannot be reached.', status: 503, close: 1013 },
  'shutting-down': { sentence: 'The server is shutting down.', status: 503, close: 1001 },
  'bad-frame': { sentence: 'The frame is not one JSON object of this protocol.', status: 400 },
  'frame-too-large': { sentence: 'The frame is larger than this server takes.', status: 413, close: 1009 },
  'bad-rate': { sentence: 'A rate is a number from 0.01 to 10,000,000 story seconds per second.', status: 400, close: 4400 },
  'fit-with-rate': { sentence: 'Give either fit or rate, not both.', status: 400, close: 4400 },
  'nothing-to-play': { sentence: 'The story has no placed happening to play.', status: 409, close: 4409 },
  'bad-cursor': { sentence: 'That is not a cursor that this server gave.', status: 400, close: 4400 },
  flood: { sentence: 'Too many frames in too short a time.', status: 429, close: 4429 },
  'too-slow': { sentence: 'The watcher does not read what it is sent.', status: 408, close: 4408 },
  'too-many-sessions': { sentence: 'The server has as many sessions as it takes.', status: 503, close: 4503 },
  'bad-config': { sentence: 'The configuration is not valid.', status: 500 },
  'disk-full': { sentence: 'There is no room left on the disk.', status: 507 },
  'data-in-use': { sentence: 'Another process holds this data folder.', status: 500 },
  'data-newer': { sentence: 'The data folder was written by a newer version of Hindcast.', status: 500 },
  'data-damaged': { sentence: 'The data folder is damaged.', status: 500 },
  internal: { sentence: 'Something went wrong inside the server.', status: 500, close: 1011 },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** What the system says where a disk has no room, or a quota is used up; LMDB repeats its numbers (of Linux and macOS). */
const NO_ROOM: readonly unknown[] = ['ENOSPC', 'EDQUOT', 28, 122, 69];

/** Does an error of the system say that there is no room left? */
export function saysNoRoom(error: unknown): boolean {
  return NO_ROOM.includes((error as { code?: unknown } | null | undefined)?.code);
}

/** One fault in an input: where (a JSON pointer, or the name of a parameter) and what. */
export interface Fault {
  readonly at: string;
  readonly message: string;
}

/** An error of the register. `detail` says what was wrong with this input; `faults` says where. */
export class HindcastError extends Error {
  override readonly name = 'HindcastError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly faults: readonly Fault[];

  constructor(code: ErrorCode, detail?: string, faults: readonly Fault[] = [], options?: { cause?: unknown }) {
    super(detail === undefined ? ERRORS[code].sentence : `${ERRORS[code].sentence} ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.faults = faults;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** The close code for an error that ends a socket; 1011 where the register names none. */
  get close(): number {
    const entry: ErrorEntry = ERRORS[this.code];
    return entry.close ?? 1011;
  }
}

export function isHindcastError(value: unknown): value is HindcastError {
  return value instanceof HindcastError;
}
