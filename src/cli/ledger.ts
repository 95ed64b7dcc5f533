/**
 * Which of many events are new: each is told with its id and a digest of what it says, and sorted out when all are.
 * Invariants: the first of an id counts; as much is held as one part in sixty-four of the ids, and two bits an event.
 * Unit: one event, counted from 0 in the order in which they are told.
 */
import { crc32 } from 'node:zlib';
import { Spool, SpoolFiles } from './spool.js';

const PARTS = 64;
const UNSHOWN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** `copy`: the same was there before. `other`: something else was there before, under the same id. */
export type Verdict = 'new' | 'copy' | 'other';
const VERDICTS: readonly Verdict[] = ['new', 'copy', 'other'];

export interface Conflict {
  readonly n: number;
  readonly id: string;
  readonly at: string;
  /** Where the first is; undefined where it was known before. */
  readonly first: string | undefined;
}

export class Ledger {
  private readonly files = new SpoolFiles();
  private readonly parts = Array.from({ length: PARTS }, () => new Spool(this.files));
  private readonly digests = new Spool(this.files);
  private verdicts = new Uint8Array(0);
  private events = 0;

  /** An event that is there already. All of them are told before the first that may be new. */
  know(id: string, digest: string): void {
    this.part(id).push(`\t${digest}\t${id}\t`);
  }

  /** An event that may be new. `at`: where it was found; `whole`: a digest by which it is known again. Neither ids nor digests have control characters. */
  add(id: string, digest: string, at: string, whole = digest): void {
    this.part(id).push(`${this.events++}\t${digest}\t${id}\t${at.replace(UNSHOWN, '\ufffd')}`);
    this.digests.push(whole);
  }

  get size(): number {
    return this.events;
  }

  /** Sorts them out; `onConflict` is told of each that has another's id. Answers how many there are of each kind. */
  settle(onConflict: (conflict: Conflict) => void = () => {}): Record<Verdict, number> {
    this.verdicts = new Uint8Array(Math.ceil(this.events / 4));
    const counts = { new: 0, copy: 0, other: 0 };
    for (const part of this.parts) {
      const first = new Map<string, { digest: string; at: string | undefined }>();
      for (const line of part.read()) {
        const [number = '', digest = '', id = '', at = ''] = line.split('\t');
        const before = first.get(id);
        if (before === undefined) first.set(id, { digest, at: number === '' ? undefined : at });
        if (number === '') continue;
        const n = Number(number);
        const verdict: Verdict = before === undefined ? 'new' : before.digest === digest ? 'copy' : 'other';
        counts[verdict]++;
        this.verdicts[n >> 2] = (this.verdicts[n >> 2] ?? 0) | (VERDICTS.indexOf(verdict) << ((n & 3) * 2));
        if (verdict === 'other') onConflict({ n, id, at, first: before?.at });
      }
      part.close();
    }
    return counts;
  }

  verdict(n: number): Verdict {
    return VERDICTS[((this.verdicts[n >> 2] ?? 0) >> ((n & 3) * 2)) & 3] ?? 'new';
  }

  /** The digests in the order in which the events were told. */
  checked(): Iterator<string> {
    return this.digests.read();
  }

  close(): void {
    for (const part of this.parts) part.close();
    this.digests.close();
    this.files.remove();
  }

  private part(id: string): Spool {
    return this.parts[crc32(id) % PARTS] as Spool;
  }
}
