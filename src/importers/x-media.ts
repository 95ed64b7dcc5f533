/**
 * The pictures and films of an X archive, as sources of what they belong to.
 * Invariants: one that the archive has is named with the digest of its bytes, one that it lacks is said to be missing; each is
 * read once. Unit: one attachment.
 */
import { basename } from 'node:path';
import { lineOf } from './draft.js';
import type { Entry } from './entry.js';
import type { Report } from './report.js';
import { digestOf, type Source } from './source.js';

const MOST_MEDIA = 90;

/** By the number of what they belong to and their name. */
export class Media {
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly digests = new Map<string, string>();

  constructor({ entries }: Source) {
    this.entries = new Map(entries.filter(({ name }) => /_media\//.test(name)).map((entry) => [basename(entry.name), entry]));
  }

  async sources(id: string, urls: readonly string[], at: string, report: Report): Promise<object[]> {
    if (urls.length > MOST_MEDIA) report.ambiguous(`of more than ${MOST_MEDIA} attachments the first are noted`, at);
    const sources: object[] = [];
    for (const url of urls.slice(0, MOST_MEDIA)) {
      const name = `${id}-${basename(url)}`;
      const found = this.entries.get(name);
      const digest = found === undefined ? undefined : (this.digests.get(name) ?? (await digestOf(found.read())));
      if (digest !== undefined) this.digests.set(name, digest);
      sources.push(
        digest === undefined
          ? { locator: lineOf(url), note: 'Attachment; its bytes are not in the archive' }
          : { locator: lineOf(name), note: `Attachment, ${found?.size} bytes`, digest },
      );
    }
    return sources;
  }
}
