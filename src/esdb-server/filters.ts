/**
 * Which events of the whole log a reader wants: by the name of their stream or by their type, by prefixes or by a regular
 * expression.
 * Invariant: deciding takes time in proportion to the length of the name.
 * Unit: one filter; `every` counts events that were looked at, wanted or not.
 */
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { LogEvent } from '../log/log.js';
import { badRequest } from './errors.js';
import { compilePattern } from './patterns.js';

export interface Filter {
  wants(event: LogEvent): boolean;
  /** A subscriber is told its place after so many events. */
  readonly every: number;
}

/** Events between two checkpoints where the reader does not say. */
const WINDOW = 32;
const MOST_PREFIXES = 1_000;

const { FilterCase } = streams.ReadReq.Options.FilterOptions;

/** Throws Refused. */
export function readFilter(options: streams.ReadReq.Options.FilterOptions): Filter {
  const every = (options.hasMax() ? options.getMax() : WINDOW) * (options.getCheckpointintervalmultiplier() || 1);
  if (every <= 0) throw badRequest('The window of a filter is at least 1.');
  switch (options.getFilterCase()) {
    case FilterCase.STREAM_IDENTIFIER: {
      const wants = readExpression(options.getStreamIdentifier());
      return { every, wants: (event) => wants(event.stream) };
    }
    case FilterCase.EVENT_TYPE: {
      const wants = readExpression(options.getEventType());
      return { every, wants: (event) => wants(event.type) };
    }
    default:
      throw badRequest('A filter looks at the names of streams or at the types of events.');
  }
}

function readExpression(expression: streams.ReadReq.Options.FilterOptions.Expression | undefined): (text: string) => boolean {
  const pattern = expression?.getRegex() ?? '';
  if (pattern !== '') return compilePattern(pattern);
  const prefixes = expression?.getPrefixList() ?? [];
  if (prefixes.length === 0) throw badRequest('A filter has prefixes or a regular expression.');
  if (prefixes.length > MOST_PREFIXES) throw badRequest(`A filter has at most ${MOST_PREFIXES} prefixes.`);
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
}
