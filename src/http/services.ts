/**
 * What the routes are given: the parts of the house they speak for, and the limits they keep.
 */
import type { EventLog } from '../log/log.js';
import type { Recorder } from '../recording/recorder.js';
import type { Timers } from '../sessions/scheduler.js';
import type { Sessions } from '../sessions/sessions.js';
import type { Timeline } from '../timeline/timeline.js';
import type { Access } from './access.js';
import type { Tickets } from './tickets.js';
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';

export interface Services {
  readonly log: EventLog;
  readonly timeline: Timeline;
  readonly recorder: Recorder;
  readonly sessions: Sessions;
  readonly access: Access;
  readonly tickets: Tickets;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly readiness: Pick<Readiness, 'reasons'>;
}

/** A read waits so long for the position it asks for. */
export const MIN_POSITION_MS = 5_000;
