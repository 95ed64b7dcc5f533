/**
 * The catalogue: every event type with its schema, version and upcasts. It is the only parser of drafts and of stored events.
 * Invariant: what it answers is complete and valid; what it refuses comes with the faults that say where and why.
 */
import stableStringify from 'safe-stable-stringify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ActionTakenDraft } from './actions.js';
import { AnswerIdentifiedDraft, ClaimIdentifiedDraft, FollowUpIdentifiedDraft, RequestIdentifiedDraft, RequestMootedDraft } from './annotations.js';
import { EventCorrectedDraft, EventRetractedDraft } from './corrections.js';
import { StoryDescribedDraft } from './descriptions.js';
import type { Recorded } from './envelope.js';
import type { RecordedEvent, StoryEvent } from './event.js';
import { MessageSentDraft } from './messages.js';
import { completeTime, type DraftTime, parseInstant } from './story-time.js';
import { TweetPostedDraft } from './tweets.js';

/** A fault in a draft or a stored event: a JSON pointer and a sentence. */
export interface Fault {
  readonly at: string;
  readonly message: string;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One entry of the catalogue. */
export interface EventType {
  readonly type: string;
  /** The version of `schema`; stored with every event. */
  readonly version: number;
  readonly played: boolean;
  /** The schema of a draft: the fields around the data and the data itself. */
  readonly schema: TSchema;
  /** Visibility where a draft names none. Happenings only. */
  readonly visibility?: 'public' | 'private';
  /** `upcasts[n]` turns the stored body of version n into one of version n + 1. */
  readonly upcasts?: Readonly<Record<number, (body: Record<string, unknown>) => Record<string, unknown>>>;
}

/** The stored form of an event: the type, the data and the metadata of a log event. Version 1 of the form. */
export interface StoredForm {
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

export type Parsed<E> = { readonly event: E } | { readonly faults: readonly Fault[]; readonly unknownType?: true };

export interface Catalogue {
  readonly types: readonly EventType[];
  /** Completes and checks what an author drafted. `id` is used where the draft has none. */
  parseDraft(draft: unknown, id: () => string): Parsed<StoryEvent>;
  /** Reads what the log holds, bringing older versions up to date. */
  parseStored(stored: StoredForm, recorded: Recorded): Parsed<RecordedEvent>;
  toStored(event: StoryEvent): { type: string; data: Json; metadata: Json };
}

const LONE_SURROGATE = /\p{Cs}/u;

/** Marks the end of a range of ids in the read model. */
const BEYOND_IDS = '\u{10ffff}';
/** JSON nested deeper than this is no event. */
const DEEPEST = 64;

/** What is no text, or is nested too deep. It is asked of every event that is read, so that it says where only when there is a fault. */
function illFormed(value: unknown, depth = 0): Fault | undefined {
  if (typeof value === 'string') return LONE_SURROGATE.test(value) ? { at: '', message: 'the text holds half of a surrogate pair' } : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > DEEPEST) return { at: '', message: `it is nested more than ${DEEPEST} deep` };
  for (const key of Object.keys(value)) {
    if (LONE_SURROGATE.test(key)) return { at: '', message: 'a field name holds half of a surrogate pair' };
    const fault = illFormed((value as Record<string, unknown>)[key], depth + 1);
    if (fault !== undefined) return { ...fault, at: `/${key.slice(0, 80)}${fault.at}` };
  }
  return undefined;
}

/** The instants that stand inside a body, beside the story time itself. */
function* innerInstants(body: Record<string, unknown>): Generator<[at: string, text: unknown]> {
  const data = body.data as Record<string, unknown>;
  if (body.originalRecordedAt !== undefined) yield ['/originalRecordedAt', body.originalRecordedAt];
  for (const [i, disclosure] of ((body.disclosures ?? []) as { at: string }[]).entries()) yield [`/disclosures/${i}/at`, disclosure.at];
  if (body.type === 'RequestMooted') yield ['/data/at', data.at];
}

function without<T extends object>(object: T, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => value !== undefined && !keys.includes(key)));
}

export function createCatalogue(types: readonly EventType[]): Catalogue {
  const entries = new Map(types.map((entry) => [entry.type, { ...entry, check: Compile(entry.schema) }]));

  /** Schema, then what no schema can say. `body` has type and data, and an id where the caller knows one. */
  const complete = (body: Record<string, unknown>, id: () => string): Parsed<StoryEvent> => {
    const entry = entries.get(body.type as string);
    if (entry === undefined)
      return {
        faults: [
          {
            at: '/type',
            message: `${typeof body.type === 'string' ? `"${body.type.slice(0, 80)}"` : 'what is no text'} is no event type; there are ${[...entries.keys()].join(', ')}`,
          },
        ],
        unknownType: true,
      };
    if (!entry.check.Check(body)) {
      const faults = entry.check.Errors(body).map((error) => ({
        at: error.instancePath === '' ? '/' : error.instancePath,
        message: error.message,
        keyword: error.keyword,
        params: error.params as { additionalProperties?: string[]; requiredProperties?: string[] },
      }));
      return { faults: tidyFaults(faults) };
    }
    for (const [at, text] of innerInstants(body)) {
      if (parseInstant(text as string) === undefined)
        return { faults: [{ at, message: `"${String(text)}" is not a real instant as RFC 3339 with an offset` }] };
    }
    if (typeof body.id === 'string' && body.id.includes(BEYOND_IDS))
      return { faults: [{ at: '/id', message: 'the id holds U+10FFFF, which is no character' }] };
    const data = body.data as Record<string, unknown>;
    if (data.basis === 'inferred' && data.rule === undefined) return { faults: [{ at: '/data/rule', message: 'an inference names its rule' }] };
    if (body.type === 'RequestMooted' && data.when !== undefined) {
      const timed = completeTime({ occurredAt: data.at, when: data.when } as DraftTime);
      if ('faults' in timed) return { faults: timed.faults.map((fault) => ({ ...fault, at: fault.at === '/occurredAt' ? '/data/at' : `/data${fault.at}` })) };
    }
    const common = { id: (body.id as string | undefined) ?? id(), type: entry.type, data, sources: body.sources ?? [] };
    const original = body.originalRecordedAt === undefined ? {} : { originalRecordedAt: body.originalRecordedAt };
    if (!entry.played) return { event: { ...common, ...original } as unknown as StoryEvent };
    const timed = completeTime(body);
    if ('faults' in timed) return timed;
    const event = {
      ...common,
      occurredAt: timed.time.occurredAt,
      when: timed.time.when,
      ...(timed.time.undated === true || (body.undated === true && timed.time.occurredAt !== null) ? { undated: true } : {}),
      seq: body.seq ?? 0,
      visibility: body.visibility ?? entry.visibility ?? 'public',
      ...(body.disclosures === undefined ? {} : { disclosures: body.disclosures }),
      ...original,
    };
    return { event: event as unknown as StoryEvent };
  };

  return {
    types,

    parseDraft(draft, id) {
      if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) return { faults: [{ at: '/', message: 'an event is a JSON object' }] };
      const fault = illFormed(draft);
      return fault === undefined ? complete(draft as Record<string, unknown>, id) : { faults: [fault] };
    },

    parseStored(stored, recorded) {
      const { type, data, metadata } = stored;
      const entry = entries.get(type);
      if (entry === undefined) return { faults: [{ at: '/type', message: `"${type}" is no event type of this version` }], unknownType: true };
      if (typeof data !== 'object' || data === null || Array.isArray(data)) return { faults: [{ at: '/data', message: 'the stored data is no JSON object' }] };
      const meta = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as { id?: unknown; version?: unknown };
      if (typeof meta.id !== 'string') return { faults: [{ at: '/metadata/id', message: 'the stored metadata names no event id' }] };
      const version = meta.version ?? 1;
      if (typeof version !== 'number' || version > entry.version)
        return {
          faults: [
            {
              at: '/metadata/version',
              message: `version ${typeof version === 'number' ? version : typeof version} of ${type} is not known; this is version ${entry.version}`,
            },
          ],
        };
      let body = data as Record<string, unknown>;
      for (let v = version; v < entry.version; v++) {
        const upcast = entry.upcasts?.[v];
        if (upcast === undefined) return { faults: [{ at: '/metadata/version', message: `there is no way from version ${v} of ${type} to ${v + 1}` }] };
        try {
          body = upcast(body);
        } catch {
          return { faults: [{ at: '/data', message: `is no body of version ${v} of ${type}` }] };
        }
      }
      const fault = illFormed(meta.id) ?? illFormed(body);
      if (fault !== undefined) return { faults: [fault] };
      const parsed = complete({ ...body, type, id: meta.id }, () => meta.id as string);
      return 'faults' in parsed ? parsed : { event: { ...parsed.event, ...recorded } };
    },

    toStored(event) {
      const entry = entries.get(event.type);
      if (entry === undefined) throw new TypeError(`no event type ${event.type}`);
      return {
        type: event.type,
        data: without(event, 'id', 'type', 'story', 'position', 'revision', 'recordedAt') as Json,
        metadata: { id: event.id, version: entry.version },
      };
    },
  };
}

/** Keeps the faults that help: the deepest of a union, with unknown and missing fields named. */
function tidyFaults(
  faults: { at: string; message: string; keyword: string; params: { additionalProperties?: string[]; requiredProperties?: string[] } }[],
): Fault[] {
  const seen = new Set<string>();
  const tidy: Fault[] = [];
  for (const fault of faults) {
    if (fault.keyword === 'boolean' || fault.keyword === 'anyOf') continue;
    const base = fault.at === '/' ? '' : fault.at;
    const named =
      fault.keyword === 'additionalProperties'
        ? (fault.params.additionalProperties ?? []).map((name) => ({ at: `${base}/${name}`, message: 'there is no such field here' }))
        : fault.keyword === 'required'
          ? (fault.params.requiredProperties ?? []).map((name) => ({ at: `${base}/${name}`, message: 'this field is required' }))
          : [{ at: fault.at, message: fault.message }];
    for (const one of named) {
      const mark = `${one.at} ${one.message}`;
      if (seen.has(mark)) continue;
      seen.add(mark);
      tidy.push(one);
    }
  }
  return tidy.slice(0, 20);
}

/** The canonical body of an event: equal texts exactly where two events say the same. Leaves out where and when it was stored. */
export function canonicalBody(event: StoryEvent): string {
  return stableStringify(without(event, 'story', 'position', 'revision', 'recordedAt')) ?? '';
}

/** Every event type of Hindcast. A new type is a schema in a family file and a line here. */
export const catalogue: Catalogue = createCatalogue([
  { type: 'MessageSent', version: 1, played: true, visibility: 'private', schema: MessageSentDraft },
  { type: 'TweetPosted', version: 1, played: true, visibility: 'public', schema: TweetPostedDraft },
  { type: 'ActionTaken', version: 1, played: true, visibility: 'public', schema: ActionTakenDraft },
  { type: 'RequestIdentified', version: 1, played: false, schema: RequestIdentifiedDraft },
  { type: 'AnswerIdentified', version: 1, played: false, schema: AnswerIdentifiedDraft },
  { type: 'FollowUpIdentified', version: 1, played: false, schema: FollowUpIdentifiedDraft },
  { type: 'RequestMooted', version: 1, played: false, schema: RequestMootedDraft },
  { type: 'ClaimIdentified', version: 1, played: false, schema: ClaimIdentifiedDraft },
  { type: 'EventCorrected', version: 1, played: false, schema: EventCorrectedDraft },
  { type: 'EventRetracted', version: 1, played: false, schema: EventRetractedDraft },
  { type: 'StoryDescribed', version: 1, played: false, schema: StoryDescribedDraft },
]);
