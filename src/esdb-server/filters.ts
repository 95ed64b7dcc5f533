/**
 * Which events of the whole log a reader wants: by the name of their stream or by their type, by prefixes or by a regular
 * expression.
 * Invariant: deciding takes time in proportion to the length of the name, or is bounded.
 * Unit: one filter.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { LogEvent } from '../log/log.js';
import { badRequest, refused } from './errors.js';
import { compilePattern } from './patterns.js';

export interface Filter {
  /** Throws Refused where it cannot be told in time. */
  wants(event: LogEvent): boolean;
  /** Events, wanted or not, that are considered in one go. */
  readonly window: number;
  /** A subscriber is told its place after so many windows. */
  readonly interval: number;
}

/** Where the reader does not say. */
const WINDOW = 32;
const MOST_PREFIXES = 1_000;

const { FilterCase } = streams.ReadReq.Options.FilterOptions;

/** Throws Refused. */
export function readFilter(options: streams.ReadReq.Options.FilterOptions): Filter {
  const window = options.hasMax() ? options.getMax() : WINDOW;
  if (window <= 0) throw refused('The window of a filter is at least 1.');
  const interval = options.getCheckpointintervalmultiplier() || 1;
  switch (options.getFilterCase()) {
    case FilterCase.STREAM_IDENTIFIER: {
      const wants = readExpression(options.getStreamIdentifier());
      return { window, interval, wants: (event) => wants(event.stream) };
    }
    case FilterCase.EVENT_TYPE: {
      const wants = readExpression(options.getEventType());
      return { window, interval, wants: (event) => wants(event.type) };
    }
    default:
      throw badRequest('A filter looks at the names of streams or at the types of events.');
  }
}

/** Without prefixes and without an expression nothing is wanted. */
function readExpression(expression: streams.ReadReq.Options.FilterOptions.Expression | undefined): (text: string) => boolean {
  const pattern = expression?.getRegex() ?? '';
  if (pattern !== '') return compilePattern(pattern);
  const prefixes = expression?.getPrefixList() ?? [];
  if (prefixes.length > MOST_PREFIXES) throw refused(`A filter has at most ${MOST_PREFIXES} prefixes.`);
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
}
