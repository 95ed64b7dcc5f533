/**
 * Digests of a story: a chain over its events, so that its last link stands for all of them. Evidence is a comparison with a
 * head that was published elsewhere.
 * Invariants: any other event, order or word gives another head; the content's chain leaves out where and when events were
 * recorded, so that it survives a move to another log. Unit: SHA-256.
 */
import { createHash } from 'node:crypto';
import { canonicalBody } from '../../events/catalogue.js';
import type { RecordedEvent, StoryEvent } from '../../events/event.js';

/** `sha256:<64 hexadecimal digits>@<revision of the last event>` */
export type Head = string;

const HEAD = /^sha256:[0-9a-f]{64}@(\d{1,15})$/;

/** The revision of the last event that a head covers; undefined where it is none. */
export function revisionOfHead(head: Head): number | undefined {
  const revision = HEAD.exec(head)?.[1];
  return revision === undefined ? undefined : Number(revision);
}

/** What an event says, leaving out when it was recorded first. */
export function contentOf(event: StoryEvent): string {
  const { originalRecordedAt: _, ...content } = event;
  return canonicalBody(content as StoryEvent);
}

function link(before: Buffer, ...parts: string[]): Buffer {
  const hash = createHash('sha256').update(before);
  // Each part with its length: no two lists of parts are one text.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}

export class Digest {
  private chain: Buffer = Buffer.alloc(32);
  private contents: Buffer = Buffer.alloc(32);
  private last = -1;

  /** Takes the next event, in the order of revisions. */
  take(event: RecordedEvent): void {
    this.chain = link(this.chain, String(event.revision), event.id, event.type, canonicalBody(event));
    this.contents = link(this.contents, event.id, event.type, contentOf(event));
    this.last = event.revision;
  }

  get head(): Head {
    return `sha256:${this.chain.toString('hex')}@${this.last}`;
  }

  get contentDigest(): string {
    return `sha256:${this.contents.toString('hex')}`;
  }
}
