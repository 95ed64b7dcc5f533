/**
 * The states of the subscribed views: whole ones as they are sent, patches applied to them.
 * Invariants: a state is never changed, only replaced; a patch is believed only on the state of its own generation and of
 * the number before its own, else the whole state is asked for and patches are ignored until it comes.
 */
import type { FrameOf } from '../protocol.js';
import { applyPatch } from './apply-patch.js';

/** A view as of the story clock; what a change did not touch is the same object as before. */
export interface View<State = unknown> {
  readonly name: string;
  readonly version: number;
  readonly state: State;
  /** Story time, RFC 3339. */
  readonly at: string;
  readonly cursor: string;
  /** The past has changed and the view is still being folded anew: this is the last consistent state. */
  readonly stale: boolean;
}

interface Held {
  readonly view: View;
  readonly generation: number;
  readonly seq: number;
}

export class Views {
  private readonly held = new Map<string, Held>();
  private readonly wanted = new Set<string>();
  /** Whose whole state is awaited. */
  private readonly lost = new Set<string>();
  private waiting: { readonly name: string; readonly resolve: (view: View) => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(
    /** Asks for the whole state of a view. */
    private readonly resubscribe: (name: string) => void,
  ) {}

  get(name: string): View | undefined {
    return this.held.get(name)?.view;
  }

  get names(): readonly string[] {
    return [...this.held.keys()];
  }

  /** Names whose state is kept once it comes. */
  get wants(): ReadonlySet<string> {
    return this.wanted;
  }

  want(name: string): void {
    this.wanted.add(name);
  }

  forget(name: string, error?: unknown): void {
    this.wanted.delete(name);
    this.held.delete(name);
    this.lost.delete(name);
    if (error !== undefined) this.settle(name, ({ reject }) => reject(error));
  }

  /** The first state of a view, now or when it comes. */
  first(name: string): Promise<View> {
    const view = this.get(name);
    if (view !== undefined) return Promise.resolve(view);
    return new Promise((resolve, reject) => this.waiting.push({ name, resolve, reject }));
  }

  /** Takes a frame; answers the view where it changed. */
  take(frame: FrameOf<'projection'>): View | undefined {
    if (!this.wanted.has(frame.name)) return undefined;
    const state = frame.patch === undefined ? { value: frame.state } : this.patched(frame);
    if (state === undefined) return undefined;
    const { name, version, generation, seq, at, cursor, stale = false } = frame;
    const view: View = { name, version, state: state.value, at, cursor, stale };
    this.lost.delete(name);
    this.held.set(name, { view, generation, seq });
    this.settle(name, ({ resolve }) => resolve(view));
    return view;
  }

  /** The connection is gone: the next one tells whole states first, under numbers of its own. */
  disconnected(): void {
    for (const name of this.held.keys()) this.lost.add(name);
  }

  end(error: unknown): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  private patched({ name, generation, seq, patch }: FrameOf<'projection'>): { readonly value: unknown } | undefined {
    if (this.lost.has(name)) return undefined;
    const held = this.held.get(name);
    if (held !== undefined && held.generation === generation && held.seq + 1 === seq) {
      try {
        return { value: applyPatch(held.view.state, patch ?? []) };
      } catch {
        // Fall through: a patch for another state, whatever its numbers say.
      }
    }
    this.lost.add(name);
    this.resubscribe(name);
    return undefined;
  }

  private settle(name: string, how: (waiting: (typeof this.waiting)[number]) => void): void {
    const theirs = this.waiting.filter((one) => one.name === name);
    if (theirs.length === 0) return;
    this.waiting = this.waiting.filter((one) => one.name !== name);
    for (const one of theirs) how(one);
  }
}
