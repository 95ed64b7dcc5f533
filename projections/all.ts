/**
 * The projections that run: a view runs exactly when it is listed here.
 */
import type { Projection } from './projection.js';
import { unansweredRequests } from './unanswered-requests.js';

// The states differ from view to view; who runs them keeps each state with its own projection.
export const projections: readonly Projection<never, unknown>[] = [unansweredRequests as unknown as Projection<never, unknown>];
