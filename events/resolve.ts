/**
 * The resolver: from what was recorded to what is in force. Corrections and retractions are applied, requests, answers,
 * follow-ups and claims are attached to the happenings they are about, and everything is put into story order.
 * Invariant: the result depends on the events alone, never on the order in which the log got them (but for several
 * corrections of one event, of which the last in the log wins).
 */
import type { RequestMooted } from './annotations.js';
import { type Catalogue, catalogue } from './catalogue.js';
import type { EventCorrected } from './corrections.js';
import type { StoryDescribed } from './descriptions.js';
import type { Recorded } from './envelope.js';
import { isHappening, type RecordedEvent, type RecordedHappening, type RecordedNote } from './event.js';
import { repliedTo, withInferred } from './inference.js';
import type { Described, Disclosed, EffectiveHappening, Mooted, Request, Settled, Step } from './steps.js';
import { boundsOf, compareKeys, completeTime, instantOf, MARK_SEQ, type OrderKey, parseOffset, type StoryTime } from './story-time.js';

/** What became of one recorded happening. */
export interface Resolution {
  /** Undefined where it is retracted. */
  readonly happening?: EffectiveHappening;
  /** What becomes of it later: that it has surely happened, who learns of it. */
  readonly marks: readonly (Settled | Disclosed)[];
  /** The id of the retraction in force. */
  readonly retractedBy?: string;
  /** Corrections that do not give a valid event, with the reason; they have no effect. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** The place of a happening that nothing bounds: after everything, listed, never reached. */
export const UNPLACED = Infinity;

/** The id of the n-th request (from 0) that is written inside a message. */
export function inlineRequestId(event: string, index: number, given: string | undefined): string {
  return given ?? `${event}#request-${index + 1}`;
}

/** The requests that a happening's own draft names. */
export function inlineRequests(event: RecordedHappening): Request[] {
  if (event.type !== 'MessageSent') return [];
  const { from, to, requests = [] } = event.data;
  return requests.map((request, i) => ({
    id: inlineRequestId(event.id, i, request.id),
    event: event.id,
    from,
    to: request.to ?? to[0] ?? from,
    text: request.text,
    basis: 'stated',
    by: from,
    citation: request.citation ?? event.sources[0] ?? {},
  }));
}

/** The ids of the requests that a correction writes into a message, whether or not the correction is valid. */
export function correctedRequestIds(event: RecordedHappening, correction: EventCorrected): string[] {
  const requests = correction.data.set.data?.requests;
  if (event.type !== 'MessageSent' || !Array.isArray(requests)) return [];
  const ids = requests.map((request: unknown, i) => {
    const given = (request as { id?: unknown } | null)?.id;
    return inlineRequestId(event.id, i, typeof given === 'string' ? given : undefined);
  });
  return ids.filter((id) => id.length <= 200);
}

/** The key of a time in story order; the unplaced come last. */
export function keyOf(time: StoryTime, seq: number, id: string): OrderKey {
  return [time.occurredAt === null ? UNPLACED : instantOf(time.occurredAt), seq, id];
}

/**
 * Resolves one happening. `notes` are all recorded notes about it and all retractions of those notes, in any order.
 * Pure; costs as much as there are notes.
 */
export function resolveHappening(base: RecordedHappening, notes: readonly RecordedNote[], types: Catalogue = catalogue): Resolution {
  const retracted = new Map<string, string>();
  for (const note of notes) if (note.type === 'EventRetracted') retracted.set(note.data.event, note.id);
  const retractedBy = retracted.get(base.id);
  if (retractedBy !== undefined) return { retractedBy, refused: [], marks: [] };

  const live = notes.filter((note) => !retracted.has(note.id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const corrections = live
    .filter((note): note is EventCorrected & Recorded => note.type === 'EventCorrected' && note.data.event === base.id)
    .sort((a, b) => (a.position < b.position ? 1 : -1));
  const refused: { id: string; reason: string }[] = [];
  let event = base;
  let corrected: EffectiveHappening['corrected'];
  for (const correction of corrections) {
    const result = applyCorrection(base, correction, types);
    if ('reason' in result) {
      refused.push({ id: correction.id, reason: result.reason });
      continue;
    }
    event = result.event;
    corrected = { by: correction.id, original: base };
    break;
  }

  const about = <T extends RecordedNote['type']>(type: T) =>
    live.filter((note): note is Extract<RecordedNote, { type: T }> => note.type === type && (note.data as { event?: string }).event === base.id);
  const requests: Request[] = [
    ...inlineRequests(event).filter((request) => !retracted.has(request.id)),
    ...about('RequestIdentified').map((note) => {
      const { event: _, note: __, from, ...rest } = note.data;
      return { id: note.id, event: base.id, from: from ?? (event.type === 'MessageSent' ? event.data.from : event.data.by), ...rest } as Request;
    }),
  ];
  const happening: EffectiveHappening = {
    kind: 'happening',
    key: keyOf(event, event.seq, event.id),
    event,
    notes: { requests, answers: about('AnswerIdentified'), followUps: about('FollowUpIdentified'), claims: about('ClaimIdentified') },
    ...(corrected === undefined ? {} : { corrected }),
  };
  return { happening, refused, marks: marksOf(event) };
}

/** Ends the id of an event in the id of a mark: no event id holds it. */
const MARK = '\u001f';

function marksOf(event: RecordedHappening): (Settled | Disclosed)[] {
  const bounds = boundsOf(event);
  if (bounds === undefined) return [];
  const { id } = event;
  const marks: (Settled | Disclosed)[] = [];
  if (bounds.latest > bounds.at && Number.isFinite(bounds.latest)) marks.push({ kind: 'settled', key: [bounds.latest, MARK_SEQ, id], event: id });
  for (const [i, disclosure] of (event.disclosures ?? []).entries()) {
    // Nobody learns of a thing before it happened: what is said to be earlier is put at its own instant.
    const at = Math.max(instantOf(disclosure.at), bounds.at);
    marks.push({ kind: 'disclosed', key: [at, MARK_SEQ, `${id}${MARK}${String(i).padStart(4, '0')}`], event: id, disclosure });
  }
  return marks;
}

/** Before everything that happens, and after the place before all. */
const AT_FIRST: Pick<Described, 'key'>['key'] = [-Infinity, MARK_SEQ, ''];

/** The step that a description gives: what views follow from. */
export function resolveDescribed(note: StoryDescribed): Described {
  const { chapters = [], possibleAnswersWithin } = note.data;
  const within = possibleAnswersWithin === undefined ? undefined : parseOffset(possibleAnswersWithin);
  const ms = within?.kind === 'clock' ? within.ms : within?.kind === 'days' ? within.days * 86_400_000 : undefined;
  return { kind: 'described', key: AT_FIRST, chapters, ...(ms === undefined ? {} : { possibleAnswersWithinMs: ms }) };
}

/** The event with a correction applied, or why it cannot be. */
export function applyCorrection(
  base: RecordedHappening,
  correction: EventCorrected,
  types: Catalogue = catalogue,
): { event: RecordedHappening } | { reason: string } {
  const { set } = correction.data;
  const { story, position, revision, recordedAt, undated: _, ...body } = base;
  const draft: Record<string, unknown> = { ...body, ...set };
  if (set.data !== undefined) draft.data = Object.fromEntries(Object.entries({ ...base.data, ...set.data }).filter(([, value]) => value !== null));
  if (set.when !== undefined || set.occurredAt !== undefined) {
    // A new time replaces the old one whole: bounds that belonged to the old placing instant do not stay.
    draft.when = set.when ?? {};
    if (set.occurredAt === undefined) delete draft.occurredAt;
  }
  const parsed = types.parseDraft(draft, () => base.id);
  if ('faults' in parsed) return { reason: parsed.faults.map((fault) => `${fault.at}: ${fault.message}`).join('; ') };
  return { event: { ...parsed.event, story, position, revision, recordedAt } as RecordedHappening };
}

/** The mark of a mooted request, or undefined where it is retracted. `notes`: the retractions of it. */
export function resolveMooted(note: RequestMooted & Recorded, notes: readonly RecordedNote[]): Mooted | undefined {
  if (notes.some((other) => other.type === 'EventRetracted' && other.data.event === note.id)) return undefined;
  return { kind: 'mooted', key: [instantOf(note.data.at), MARK_SEQ, note.id], note };
}

/** The story time of a mooted request. */
export function mootedTime(note: RequestMooted): StoryTime {
  const timed = completeTime({ occurredAt: note.data.at, when: note.data.when ?? {} } as Parameters<typeof completeTime>[0]);
  if ('faults' in timed) throw new RangeError('a stored RequestMooted has no valid time');
  return timed.time;
}

/** The ids a note is about: it takes effect only when all of them are in the story. */
export function targetsOf(note: RecordedNote): string[] {
  switch (note.type) {
    case 'StoryDescribed':
      return [];
    case 'AnswerIdentified':
    case 'FollowUpIdentified':
      return [note.data.event, note.data.request];
    case 'RequestMooted':
      return note.data.event === undefined ? [note.data.request] : [note.data.request, note.data.event];
    case 'ClaimIdentified':
      return [note.data.event, ...(note.data.request === undefined ? [] : [note.data.request]), ...(note.data.about === undefined ? [] : [note.data.about])];
    default:
      return [note.data.event];
  }
}

/**
 * The whole story, in story order: what the read model keeps up step by step. Of several events with one id the one
 * of the lowest revision counts.
 */
export function resolveStory(recorded: readonly RecordedEvent[], types: Catalogue = catalogue): Step[] {
  const byId = new Map<string, RecordedEvent>();
  for (const event of recorded) {
    const known = byId.get(event.id);
    if (known === undefined || event.revision < known.revision) byId.set(event.id, event);
  }
  const about = new Map<string, RecordedNote[]>();
  for (const event of byId.values()) {
    if (isHappening(event)) continue;
    for (const target of new Set(targetsOf(event))) {
      const list = about.get(target);
      if (list === undefined) about.set(target, [event]);
      else list.push(event);
    }
  }
  const resolved = new Map<string, Resolution>();
  const steps: Step[] = [];
  let described: (StoryDescribed & Recorded) | undefined;
  for (const event of byId.values()) {
    if (isHappening(event)) {
      resolved.set(
        event.id,
        resolveHappening(
          event,
          notesAbout(event, (id) => about.get(id) ?? []),
          types,
        ),
      );
    } else if (event.type === 'RequestMooted') {
      const mooted = resolveMooted(event, about.get(event.id) ?? []);
      if (mooted !== undefined) steps.push(mooted);
    } else if (event.type === 'StoryDescribed' && (described === undefined || described.position < event.position)) described = event;
  }
  for (const { happening, marks } of resolved.values()) {
    if (happening === undefined) continue;
    const to = repliedTo(happening.event);
    steps.push(to === undefined ? happening : withInferred(happening, resolved.get(to)?.happening?.notes.requests ?? []), ...marks);
  }
  if (described !== undefined) steps.push(resolveDescribed(described));
  return steps.sort((a, b) => compareKeys(a.key, b.key));
}

/** All notes about a happening, and the retractions of those notes and of the requests written inside it. */
export function notesAbout(event: RecordedHappening, about: (id: string) => readonly RecordedNote[]): RecordedNote[] {
  const direct = about(event.id);
  const inner = [...direct.map((note) => note.id), ...inlineRequests(event).map((request) => request.id)];
  for (const note of direct) if (note.type === 'EventCorrected') inner.push(...correctedRequestIds(event, note));
  return [...new Set([...direct, ...inner.flatMap((id) => about(id).filter((note) => note.type === 'EventRetracted'))])];
}
