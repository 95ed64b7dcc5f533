/**
 * What the scrubber shows of the whole story: how much happened when, chapters, stretches without anything.
 * Invariant: it is of the whole story through the eyes that are looked through, wherever the clock is.
 */
import { computed, signal } from '@preact/signals';
import type { Client } from '../../src/sdk/index.js';
import { barsOf, stillsOf } from './histogram.js';
import type { Activity, Chapter, Chapters } from './views.js';

const BARS = 700;
const TRY_AGAIN_MS = 3_000;

export class Scale {
  private readonly activity = signal<Activity | undefined>(undefined);
  readonly chapters = signal<readonly Chapter[]>([]);
  readonly bars = computed(() => (this.activity.value === undefined ? [] : barsOf(this.activity.value, BARS)));
  readonly stills = computed(() => (this.activity.value === undefined ? [] : stillsOf(this.activity.value)));
  readonly byEvent = computed(() => new Map(this.chapters.value.map((chapter) => [chapter.event, chapter])));
  private asked = 0;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: Client,
    private readonly story: string,
    private readonly as: () => string | null,
  ) {}

  /** Reads it; where that fails, again after a while: the scrubber works without it. */
  async read(): Promise<void> {
    const mine = ++this.asked;
    clearTimeout(this.waiting);
    try {
      const { client, story } = this;
      const eyes = { as: this.as() ?? undefined };
      const [activity, chapters] = await Promise.all([
        client.projection<Activity>(story, 'activity', eyes),
        client.projection<Chapters>(story, 'chapters', eyes),
      ]);
      if (mine !== this.asked) return;
      this.activity.value = activity.state;
      this.chapters.value = chapters.state.chapters;
    } catch {
      if (mine === this.asked) this.waiting = setTimeout(() => void this.read(), TRY_AGAIN_MS);
    }
  }

  /** The story has grown or changed: it is read again before long, once. */
  soon(ms: number): void {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => void this.read(), ms);
  }

  close(): void {
    this.asked++;
    clearTimeout(this.waiting);
  }
}

export const chapterAt = (chapter: Chapter) => Date.parse(chapter.inSightAt ?? chapter.at);

/** The chapter that a moment lies in. */
export function chapterOf(chapters: readonly Chapter[], ms: number): Chapter | undefined {
  return chapters.findLast((chapter) => chapterAt(chapter) <= ms);
}
