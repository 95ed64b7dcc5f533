/**
 * What the scrubber shows of the whole story: how much happened when, chapters, stretches without anything.
 * Invariant: it is of the whole story through the eyes that are looked through, wherever the clock is.
 */
import { computed, signal } from '@preact/signals';
import { barsOf, stillsOf } from './histogram.js';
import { viewOf } from './story.js';
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
    private readonly story: string,
    private readonly as: () => string | null,
  ) {}

  /** Reads it; where that fails, again after a while: the scrubber works without it. */
  async read(): Promise<void> {
    const mine = ++this.asked;
    clearTimeout(this.waiting);
    try {
      const as = this.as();
      const [activity, chapters] = await Promise.all([viewOf<Activity>(this.story, 'activity', as), viewOf<Chapters>(this.story, 'chapters', as)]);
      if (mine !== this.asked) return;
      this.activity.value = activity;
      this.chapters.value = chapters.chapters;
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
