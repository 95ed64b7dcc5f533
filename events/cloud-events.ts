/**
 * An event of a story as a CloudEvent (1.0, JSON), and back: how a story is moved from one log to another.
 * Invariant: nothing of what an event says is lost on the way; `recordedat` is when the log it comes from had stored it.
 */
import { catalogue, type Fault, type Json } from './catalogue.js';
import type { Recorded } from './envelope.js';
import type { StoryEvent } from './event.js';

/** Types are named after us, as CloudEvents asks for. */
const PREFIX = 'hindcast.';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** `/stories/<story>` */
  readonly source: string;
  readonly type: string;
  /** The placing instant, where there is one. */
  readonly time?: string;
  readonly datacontenttype: 'application/json';
  readonly schemaversion: number;
  readonly recordedat: string;
  readonly data: Json;
}

export function toCloudEvent(event: StoryEvent & Recorded): CloudEvent {
  const { type, data, metadata } = catalogue.toStored(event);
  const { version } = metadata as { version: number };
  const time = 'occurredAt' in event && typeof event.occurredAt === 'string' ? { time: event.occurredAt } : {};
  return {
    specversion: '1.0',
    id: event.id,
    source: `/stories/${event.story}`,
    type: `${PREFIX}${type}`,
    ...time,
    datacontenttype: 'application/json',
    schemaversion: version,
    recordedat: event.recordedAt,
    data,
  };
}

/** Looks like a CloudEvent, whatever is in it. */
export function isCloudEvent(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'specversion' in value;
}

/** Where a CloudEvent is stored before it has been stored: nowhere yet. */
const NOWHERE: Recorded = { story: '', position: '', revision: 0, recordedAt: '' };

/**
 * The event that a CloudEvent is, of whatever version. It says when it was recorded first, where it came from a log.
 */
export function fromCloudEvent(value: Readonly<Record<string, unknown>>): { readonly event: StoryEvent } | { readonly faults: readonly Fault[] } {
  const { specversion, id, source, type, data, schemaversion = 1, recordedat } = value;
  const faults: Fault[] = [];
  if (specversion !== '1.0') faults.push({ at: '/specversion', message: 'is not 1.0' });
  if (typeof id !== 'string' || id === '') faults.push({ at: '/id', message: 'is no text' });
  if (typeof source !== 'string' || source === '') faults.push({ at: '/source', message: 'is no text' });
  if (typeof type !== 'string' || !type.startsWith(PREFIX)) faults.push({ at: '/type', message: `does not begin with ${PREFIX}` });
  if (recordedat !== undefined && typeof recordedat !== 'string') faults.push({ at: '/recordedat', message: 'is no time' });
  if (faults.length > 0) return { faults };
  const stored = { type: (type as string).slice(PREFIX.length), data, metadata: { id, version: schemaversion } };
  const read = catalogue.parseStored(stored, NOWHERE);
  if ('faults' in read) return read;
  // As a draft is checked, what comes from outside is.
  const { data: body } = catalogue.toStored(read.event);
  const first = recordedat === undefined || read.event.originalRecordedAt !== undefined ? {} : { originalRecordedAt: recordedat };
  return catalogue.parseDraft({ ...(body as object), ...first, type: read.event.type, id }, () => id as string);
}
