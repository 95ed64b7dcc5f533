/**
 * A replay that nobody watches: only what the machine must know of the story is looked up, and nothing is sent. So it is
 * found where a clock would be after a command, or is by now.
 * Invariant: it comes to the very state that the same session comes to with everyone watching. Unit: milliseconds.
 */
import type { OrderKey } from '../../events/story-time.js';
import { type SessionState, type Surroundings, type Target, type Transition, transition } from './session-machine.js';

/** The story, as far as a clock must know it. */
export interface StoryInSight {
  land(target: Target): { readonly place: OrderKey; readonly at: number; readonly clamped: boolean };
  around(place: OrderKey): Surroundings;
}

/** What became of a session that nobody watches. */
export interface Unwatched {
  readonly state: SessionState;
  /** Where the last seek landed; undefined where there was none. */
  readonly landed: { readonly clamped: boolean; readonly place: OrderKey; readonly didComeRound: boolean } | undefined;
}

/** Lets what a transition asks of the story be answered, time standing still; each yield is one answer, so that whoever asks can give way to others. */
export function* unwatched(begun: Transition, story: StoryInSight, mono: number): Generator<void, Unwatched, void> {
  let { state, effects } = begun;
  let landed: Unwatched['landed'];
  for (;;) {
    const asked = effects.findLast((effect) => effect.do === 'seek' || effect.do === 'load');
    if (asked === undefined) return { state, landed };
    if (asked.do === 'seek') {
      const { place, at, clamped } = story.land(asked.target);
      landed = { place, clamped, didComeRound: state.roundAt !== undefined };
      ({ state, effects } = transition(state, { on: 'sought', mono, generation: asked.generation, place, at, clamped, around: story.around(place) }));
    } else {
      ({ state, effects } = transition(state, { on: 'loaded', mono, generation: asked.generation, around: story.around(state.place) }));
    }
    yield;
  }
}

/** The same at once. */
export function settled(begun: Transition, story: StoryInSight, mono: number): Unwatched {
  const steps = unwatched(begun, story, mono);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
