/**
 * Rebuilds: a view that is new, or of a new version, is folded beside what there was, and put in force once it has caught
 * up. Until then its older version's last state at the head is told.
 * Invariant: what an older version kept is taken away only after the new one is in force.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { endOf, formatInstant } from '../../events/story-time.js';
import { isHindcastError } from '../errors.js';
import type { Position } from '../log/log.js';
import type { Folding } from './folding.js';
import { type AnyProjection, type Keepings, viewKey } from './keepings.js';
import { LAST, type OldHead, type Store, type Track } from './store.js';
import { type FoldTables, foldUpTo } from './views.js';

export class Rebuilds {
  private finishing: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly keepings: Keepings,
    private readonly projections: readonly AnyProjection[],
  ) {}

  private isBuilt({ name, version }: AnyProjection): boolean {
    const record = this.store.views.get(name);
    return record?.version === version && record.built;
  }

  oldHead(story: string, projection: AnyProjection): OldHead | undefined {
    if (this.isBuilt(projection)) return undefined;
    const head = this.store.heads.get([story, projection.name]);
    return head?.version === projection.version ? undefined : head;
  }

  /** Puts in force what has caught up: every view that can be folded to the end of every story. */
  async finish(tables: FoldTables, folding: Folding): Promise<void> {
    while (this.finishing !== undefined) await this.finishing;
    if (tables.signal.aborted) return;
    const waiting = this.projections.filter((projection) => !this.isBuilt(projection) && folding.failureOf(projection) === undefined);
    if (waiting.length === 0) return;
    this.finishing = this.finishAll(waiting, tables, folding).finally(() => {
      this.finishing = undefined;
    });
    await this.finishing;
  }

  private async finishAll(waiting: readonly AnyProjection[], tables: FoldTables, folding: Folding): Promise<void> {
    for (const projection of waiting) {
      try {
        for (const track of this.tracks()) await foldUpTo(tables, track, [projection], endOf(Number.MAX_VALUE));
      } catch (error) {
        if (tables.signal.aborted) return;
        if (!isHindcastError(error) || error.code !== 'view-failed') throw error;
        folding.fail(projection, error);
        continue;
      }
      await this.store.write(() => {
        this.store.views.put(projection.name, { version: projection.version, built: true });
        for (const track of this.allTracks()) this.dropOthers(track, projection);
      });
    }
  }

  /** Takes away what other versions of a view have kept. */
  private dropOthers(track: Track, projection: AnyProjection): void {
    const { store, keepings } = this;
    const head = store.heads.get([track, projection.name]);
    if (head !== undefined && head.version !== projection.version) store.heads.remove([track, projection.name]);
    for (const [, view] of [...store.frontiers.getKeys({ start: [track, `${projection.name}@`], end: [track, `${projection.name}@${LAST}`] })])
      if (view !== viewKey(projection)) keepings.clear(track, view);
  }

  /** Takes away everything that views have kept of a track. Inside a write transaction. */
  clear(track: Track): void {
    for (const [, view] of [...this.store.frontiers.getKeys({ start: [track, ''], end: [track, LAST] })]) this.keepings.clear(track, view);
  }

  private tracks(): string[] {
    return [...this.store.stories.getKeys()].map(String);
  }

  private allTracks(): string[] {
    return [...this.tracks(), ...[...this.store.lenses.getKeys()].map(String)];
  }

  /** Writes down how every view of some stories stands at the head, for a next version of it. */
  async saveHeads(tables: Omit<FoldTables, 'signal'>, folding: Folding, stories: Iterable<string>, position: Position): Promise<void> {
    const { signal } = new AbortController();
    for (const track of stories) {
      const views = this.projections.filter((projection) => this.isBuilt(projection) && folding.failureOf(projection) === undefined);
      const folds = await foldUpTo({ ...tables, signal }, track, views, endOf(Number.MAX_VALUE));
      const heads = folds.map((fold) => ({ name: fold.projection.name, version: fold.projection.version, at: fold.key, state: fold.view() }));
      await this.store.write(() => {
        for (const { name, version, at, state } of heads)
          this.store.heads.put([track, name], { version, at: Number.isFinite(at[0]) ? formatInstant(at[0]) : null, position, state });
      });
      await turn();
    }
  }
}
