/**
 * What an importer says of what it read: what it left out and why, what it could not decide, what it took for granted.
 * Invariants: everything is counted, of each kind the first places are named; a fault is what keeps the archive from being
 * taken. Unit: one reading of an archive.
 */
import { type Fault, HindcastError } from '../errors.js';

/** So many places are named of one kind, and so many faults. */
const MOST_PLACES = 10;
const MOST_FAULTS = 20;
/** A place holds what others wrote (the name of a file): nothing in it moves a cursor or turns a line round. */
const UNSHOWN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export interface Told {
  readonly what: string;
  readonly count: number;
  /** The first of them. */
  readonly at: readonly string[];
}

export class Report {
  private readonly lists = { dropped: new Map<string, { count: number; at: string[] }>(), ambiguous: new Map<string, { count: number; at: string[] }>() };
  private readonly taken = new Set<string>();
  private readonly found: Fault[] = [];
  private faultCount = 0;
  private readonly isLenient: boolean;

  /** `skipFaults`: what cannot be an event is left out, and told. */
  constructor({ skipFaults = false }: { skipFaults?: boolean } = {}) {
    this.isLenient = skipFaults;
  }

  /** Something that is no event, and was never meant to be one. */
  drop(what: string, at: string): void {
    tally(this.lists.dropped, what, at);
  }

  /** Something that is kept although it can mean more than one thing. */
  ambiguous(what: string, at: string): void {
    tally(this.lists.ambiguous, what, at);
  }

  /** Something that is no event and should be one. */
  fault(what: string, at: string): void {
    if (this.isLenient) {
      this.drop(what, at);
      return;
    }
    this.faultCount++;
    if (this.found.length < MOST_FAULTS) this.found.push({ at: shown(at), message: shown(what) });
  }

  /** What was taken for granted, each once. */
  assume(what: string): void {
    this.taken.add(shown(what));
  }

  get dropped(): Told[] {
    return toldOf(this.lists.dropped);
  }

  get ambiguities(): Told[] {
    return toldOf(this.lists.ambiguous);
  }

  get assumed(): string[] {
    return [...this.taken];
  }

  /** Throws `bad-archive` where there was a fault; it names the first of them. */
  check(): void {
    if (this.faultCount === 0) return;
    const first = this.found.map(({ at, message }) => `${at}: ${message}`).join('; ');
    const more = this.faultCount > this.found.length ? `; and ${this.faultCount - this.found.length} more` : '';
    throw new HindcastError('bad-archive', `${first}${more}. With --skip-faults what is at fault is left out.`, this.found);
  }
}

/** A text of somebody else's as it can be shown in one line. */
export function shown(text: string): string {
  return text.replace(UNSHOWN, '\ufffd').slice(0, 400);
}

/** What keeps an archive from being read at all. */
export function unreadable(at: string, message: string, cause?: unknown): HindcastError {
  return new HindcastError('bad-archive', `${shown(at)}: ${shown(message)}.`, [{ at: shown(at), message: shown(message) }], { cause });
}

function tally(list: Map<string, { count: number; at: string[] }>, what: string, at: string): void {
  const known = list.get(what);
  if (known === undefined) list.set(what, { count: 1, at: [shown(at)] });
  else {
    known.count++;
    if (known.at.length < MOST_PLACES) known.at.push(shown(at));
  }
}

function toldOf(list: ReadonlyMap<string, { count: number; at: string[] }>): Told[] {
  return [...list].map(([what, { count, at }]) => ({ what: shown(what), count, at: [...at] }));
}
