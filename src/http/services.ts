/**
 * What the routes are given: the parts of the house they speak for, and the limits they keep.
 */
import type { Recorder } from '../recording/recorder.js';
import type { Sessions } from '../sessions/sessions.js';
import type { Timeline } from '../timeline/timeline.js';

export interface Services {
  readonly timeline: Timeline;
  readonly recorder: Recorder;
  readonly sessions: Sessions;
}

/** A read waits so long for the position it asks for. */
export const MIN_POSITION_MS = 5_000;
