/**
 * What a session sees of a story: through whose eyes, which happenings of it are sent, and where chapters begin.
 * Invariant: whoever changes eyes sees the old story until the new one is ready, and nothing in between.
 */
import type { Happening } from '../../events/event.js';
import { type Lens, PUBLIC } from '../../events/lens.js';
import { type PublishedEvent, publish } from '../../events/published.js';
import type { EffectiveHappening } from '../../events/steps.js';
import { compareKeys, type OrderKey } from '../../events/story-time.js';
import { HindcastError } from '../errors.js';
import { type Filter, NO_FILTER } from '../protocol.js';
import type { HeadViews } from '../timeline/head-views.js';
import type { Timeline } from '../timeline/timeline.js';
import { matcherOf } from './filter.js';
import { StoryReader } from './story-reader.js';

/** The view that tells where chapters begin, as far as it is needed here. */
const CHAPTERS = 'chapters';
interface ChaptersState {
  readonly chapters: readonly { readonly event: string }[];
}

const beginnings = (state: unknown): ReadonlySet<string> => new Set((state as ChaptersState).chapters.map(({ event }) => event));

export class Eyes {
  /** Undefined: everybody's. */
  lens: Lens | undefined;
  reader: StoryReader;
  filter: Filter = NO_FILTER;
  /** Is a happening sent? */
  matches: (event: Happening) => boolean = () => true;
  /** Happenings at which a chapter begins, where that is followed. */
  chapters: ReadonlySet<string> = new Set();
  private leaveChapters: (() => void) | undefined;
  private letGo: () => void = () => {};
  private closed = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly heads: HeadViews,
    readonly story: string,
    /** Where chapters begin has changed. */
    private readonly onChapters: () => void,
  ) {
    this.reader = new StoryReader(timeline, story);
  }

  filterBy(filter: Filter): void {
    this.filter = filter;
    this.matches = matcherOf(filter);
  }

  /** Looks through other eyes from now on; null: everybody's. Throws where there are none such, or where they see nothing that is placed. */
  async look(as: string | null): Promise<void> {
    const { timeline, story } = this;
    if (as !== null && as !== PUBLIC && !timeline.takesPart(story, as))
      throw new HindcastError('bad-request', `"${as.slice(0, 80)}" takes no part in ${story}.`, [{ at: 'as', message: 'neither a participant nor public' }]);
    const reader = new StoryReader(timeline, as === null ? story : await timeline.through(story, as));
    const letGo = timeline.hold(reader.track);
    const lens = as ?? undefined;
    let chapters = this.chapters;
    try {
      reader.span();
      if (this.leaveChapters !== undefined) chapters = await this.readChapters(lens);
    } catch (error) {
      letGo();
      throw error;
    }
    if (this.closed) return letGo();
    this.letGo();
    this.letGo = letGo;
    this.reader = reader;
    this.lens = lens;
    this.chapters = chapters;
    if (this.leaveChapters !== undefined) this.follow();
  }

  /** Knows where chapters begin from now on, and already when it answers. */
  async followChapters(): Promise<void> {
    this.chapters = await this.readChapters(this.lens);
    if (!this.closed) this.follow();
  }

  private follow(): void {
    const view = this.timeline.projection(CHAPTERS);
    this.leaveChapters?.();
    if (view === undefined) return;
    let isFirst = true;
    this.leaveChapters = this.heads.follow(
      this.story,
      view,
      ({ state }) => {
        this.chapters = beginnings(state);
        // The first is what was read already.
        if (!isFirst) this.onChapters();
        isFirst = false;
      },
      this.lens,
    );
  }

  private async readChapters(lens: Lens | undefined): Promise<ReadonlySet<string>> {
    const view = this.timeline.projection(CHAPTERS);
    if (view === undefined) return new Set();
    return beginnings((await this.timeline.fold(this.story, view, lens === undefined ? {} : { lens })).view());
  }

  /** The places where chapters begin, in order. */
  async chapterPlaces(): Promise<OrderKey[]> {
    const places = [...(await this.readChapters(this.lens))].map((event) => this.timeline.step(this.reader.track, event)?.key);
    return places.filter((key) => key !== undefined).sort(compareKeys);
  }

  /** For what is asked of the timeline. */
  get seen(): { lens?: Lens } {
    return this.lens === undefined ? {} : { lens: this.lens };
  }

  /** A happening as these eyes may be told of it. */
  published(happening: EffectiveHappening, cursor: string): PublishedEvent {
    return publish(this.lens === undefined ? happening : this.timeline.told(this.story, happening, this.lens), cursor);
  }

  close(): void {
    this.closed = true;
    this.leaveChapters?.();
    this.letGo();
  }
}
