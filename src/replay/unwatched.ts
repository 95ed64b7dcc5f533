/**
 * A replay that nobody watches: only what the machine must know of the story is looked up, and nothing is sent. So it is
 * found where a clock would be after a command, or is by now.
 * Invariant: it comes to the very state that the same session comes to with everyone watching. Unit: milliseconds.
 */
import type { OrderKey } from '../../events/story-time.js';
import {
  type Anchor,
  anchorOf,
  type Input,
  intention,
  type SessionState,
  statusAfterSeek,
  type Surroundings,
  type Target,
  type Transition,
  transition,
} from './session-machine.js';

/** Where a seek comes to: the place, the story time of the clock, and whether it had to be clamped to the story. */
export interface Landing {
  readonly place: OrderKey;
  readonly at: number;
  readonly clamped: boolean;
}

/** The story, as far as a clock must know it. */
export interface StoryInSight {
  land(target: Target): Landing;
  around(place: OrderKey): Surroundings;
}

/** What became of a session that nobody watches. */
export interface Unwatched {
  readonly state: SessionState;
  /** Where the last round of a loop began; undefined where none did. */
  readonly round: OrderKey | undefined;
}

/** Lets what a transition asks of the story be answered, time standing still; each yield is one answer, so that whoever asks can give way to others. */
export function* unwatched(begun: Transition, story: StoryInSight, mono: number): Generator<void, Unwatched, void> {
  let { state, effects } = begun;
  let round: OrderKey | undefined;
  for (;;) {
    const asked = effects.findLast((effect) => effect.do === 'seek' || effect.do === 'load');
    if (asked === undefined) return { state, round };
    if (asked.do === 'seek') {
      const { place, at, clamped } = story.land(asked.target);
      round = place;
      ({ state, effects } = transition(state, { on: 'sought', mono, generation: asked.generation, place, at, clamped, around: story.around(place) }));
    } else {
      ({ state, effects } = transition(state, { on: 'loaded', mono, generation: asked.generation, around: story.around(state.place) }));
    }
    yield;
  }
}

/** What a session is to be after an input: told to be so, it comes to what it would have come to by itself. */
export function intended(before: SessionState, input: Input, story: StoryInSight): { readonly anchor: Anchor; readonly landed: Landing | undefined } {
  let { state, effects } = intention(before, input);
  for (;;) {
    const asked = effects.findLast((effect) => effect.do === 'seek' || effect.do === 'load');
    if (asked === undefined) return { anchor: anchorOf(state, input.mono), landed: undefined };
    if (asked.do === 'seek') {
      const landed = story.land(asked.target);
      const status = statusAfterSeek(state.status);
      const { pass, settings } = state;
      return { anchor: { status, at: landed.at, place: landed.place, pass, playedMs: 0, settings }, landed };
    }
    const around = story.around(state.place);
    ({ state, effects } = intention(state, { on: 'loaded', mono: input.mono, generation: asked.generation, around }));
  }
}
