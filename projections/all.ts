/**
 * The projections that run: a view runs exactly when it is listed here.
 */
import { activity } from './activity.js';
import { chapters } from './chapters.js';
import { followUps } from './follow-ups.js';
import { links } from './links.js';
import { participants } from './participants.js';
import type { Projection } from './projection.js';
import { responseTimes } from './response-times.js';
import { silences } from './silences.js';
import { unansweredRequests } from './unanswered-requests.js';
import { whoKnew } from './who-knew.js';

// The states differ from view to view; who runs them keeps each state with its own projection.
export const projections = [
  unansweredRequests,
  followUps,
  responseTimes,
  silences,
  links,
  whoKnew,
  participants,
  activity,
  chapters,
] as unknown as readonly Projection<never, unknown>[];
