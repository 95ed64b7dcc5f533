/**
 * The views that are shown: each as a signal, subscribed to as long as somebody shows it.
 * Invariant: a view that nobody shows any more is not kept up to date.
 */
import { type Signal, signal } from '@preact/signals';
import type { Replay, View } from '../../src/sdk/index.js';
import type { ViewName, ViewStates } from './views.js';

export class ViewBoard {
  private readonly states = new Map<ViewName, Signal<View | undefined>>();
  private readonly shownBy = new Map<ViewName, number>();

  constructor(
    /** Shown from the beginning on. */
    always: readonly ViewName[],
    private readonly replay: () => Replay | undefined,
    private readonly failed: (error: unknown) => void,
  ) {
    for (const name of always) this.shownBy.set(name, 1);
  }

  /** Those that a new replay is opened with. */
  get wanted(): readonly ViewName[] {
    return [...this.shownBy.keys()];
  }

  take(view: View): void {
    this.view(view.name as ViewName).value = view as never;
  }

  view<N extends ViewName>(name: N): Signal<View<ViewStates[N]> | undefined> {
    const known = this.states.get(name) ?? signal<View | undefined>(this.replay()?.views.get(name));
    this.states.set(name, known);
    return known as Signal<View<ViewStates[N]> | undefined>;
  }

  /** Keeps a view up to date; answers how to let it go. */
  watch(name: ViewName): () => void {
    const many = (this.shownBy.get(name) ?? 0) + 1;
    this.shownBy.set(name, many);
    if (many === 1) this.replay()?.subscribe(name).catch(this.failed);
    return () => {
      const left = (this.shownBy.get(name) ?? 1) - 1;
      this.shownBy.set(name, left);
      if (left > 0) return;
      this.shownBy.delete(name);
      this.replay()
        ?.unsubscribe(name)
        .catch(() => {});
    };
  }
}
