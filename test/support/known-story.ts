/**
 * What is known of a story after a beginning of its stream: the read model of a test and the judge of what a node answered.
 * Invariant: of two events with one id the first counts; an id that is taken stays what it was.
 * Unit: one stream.
 */
import { catalogue } from '../../events/catalogue.js';
import type { EventCorrected } from '../../events/corrections.js';
import { isHappening, type RecordedEvent } from '../../events/event.js';
import { correctedRequestIds, inlineRequests } from '../../events/resolve.js';
import type { LogEvent } from '../../src/log/log.js';
import type { KnownStory } from '../../src/recording/judging.js';

const parsed = new WeakMap<LogEvent, RecordedEvent>();

/** An event of a log, as it is read. Throws where it cannot be. */
export function readEvent(logged: LogEvent): RecordedEvent {
  const known = parsed.get(logged);
  if (known !== undefined) return known;
  const { stream, revision, position } = logged;
  const result = catalogue.parseStored(logged, { story: stream.slice('story-'.length), revision, position, recordedAt: '2020-01-01T00:00:00Z' });
  if ('faults' in result) throw new Error(result.faults.map(({ at, message }) => `${at}: ${message}`).join('; '));
  parsed.set(logged, result.event);
  return result.event;
}

export class StorySoFar implements KnownStory {
  revision = -1;
  private readonly events = new Map<string, RecordedEvent>();
  /** Requests written inside messages, each with its message. */
  private readonly inline = new Map<string, string>();
  private readonly corrections: EventCorrected[] = [];

  take(logged: LogEvent): void {
    const event = readEvent(logged);
    this.revision = event.revision;
    if (this.knows(event.id)) return;
    this.events.set(event.id, event);
    if (isHappening(event)) {
      const requests = inlineRequests(event).map(({ id }) => id);
      const corrected = this.corrections.filter(({ data }) => data.event === event.id).flatMap((correction) => correctedRequestIds(event, correction));
      this.write([...requests, ...corrected], event.id);
    } else if (event.type === 'EventCorrected') {
      this.corrections.push(event);
      const target = this.events.get(event.data.event);
      if (target !== undefined && isHappening(target)) this.write(correctedRequestIds(target, event), target.id);
    }
  }

  private write(requests: readonly string[], message: string): void {
    for (const id of requests) if (!this.knows(id)) this.inline.set(id, message);
  }

  event(id: string): { readonly event: RecordedEvent; readonly revision: number } | undefined {
    const event = this.events.get(id);
    return event === undefined ? undefined : { event, revision: event.revision };
  }

  knows(id: string): boolean {
    return this.events.has(id) || this.inline.has(id);
  }

  writtenIn(id: string): string | undefined {
    return this.inline.get(id);
  }
}
