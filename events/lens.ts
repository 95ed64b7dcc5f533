/**
 * The lens: a story as one participant, or the public, could see it, from when they could see it. It is a way of looking,
 * not a protection.
 * Invariants: what those eyes never could see is not there; what they learned of later comes when they learned of it; an
 * event that is seen is told with its own time, whenever it came into sight.
 */
import { participantsOf, type RecordedHappening } from './event.js';
import type { Disclosed, EffectiveHappening, Settled, Step } from './steps.js';
import { instantOf, MARK_SEQ, type OrderKey } from './story-time.js';

/** A participant's id, or `public`. */
export type Lens = string;

export const PUBLIC: Lens = 'public';

/** From when on a happening is in sight: -Infinity from its own time on; undefined: never. */
export function inSightFrom(event: RecordedHappening, lens: Lens): number | undefined {
  if (event.visibility === 'public' || (lens !== PUBLIC && participantsOf(event).includes(lens))) return -Infinity;
  let first: number | undefined;
  for (const { to, at } of event.disclosures ?? []) {
    if (to !== lens && to !== PUBLIC) continue;
    const instant = instantOf(at);
    if (first === undefined || instant < first) first = instant;
  }
  return first;
}

/** Sequences are whole numbers of at most so much. */
const MOST_SEQ = 1_000_000_000_000;

/**
 * Where a step stands that comes into sight at an instant. What comes into sight later than it happened stands before what
 * happens then, and in its own order among what comes into sight with it.
 */
function inSightAt([instant, seq, id]: OrderKey, from: number): OrderKey {
  if (instant >= from) return [instant, seq, id];
  if (seq === MARK_SEQ) return [from, seq, id];
  return [from, instant - from, `${String(seq + MOST_SEQ).padStart(13, '0')}\u001f${id}`];
}

/** From when on those eyes know of a disclosure: one to them or to everybody; another when they see the happening that made it. */
function knownFrom({ disclosure }: Disclosed, lens: Lens, find: Find): number | undefined {
  if (disclosure.to === lens || disclosure.to === PUBLIC) return -Infinity;
  const maker = disclosure.event === undefined ? undefined : find(disclosure.event);
  if (maker === undefined || maker.occurredAt === null) return undefined;
  const from = inSightFrom(maker, lens);
  return from === undefined ? undefined : Math.max(from, instantOf(maker.occurredAt));
}

/** The happening in force of an id, if there is one. */
export type Find = (id: string) => RecordedHappening | undefined;

/** A step as the lens shows it, or undefined where it does not. */
export function throughLens(step: Step, lens: Lens, find: Find): Step | undefined {
  switch (step.kind) {
    case 'described':
      return step;
    case 'happening': {
      const from = inSightFrom(step.event, lens);
      return from === undefined ? undefined : { ...step, key: inSightAt(step.key, from) };
    }
    case 'mooted': {
      // The lens need not see that the request is asked: it lapses for nobody until then. What it lapsed by must be seen.
      if (step.note.data.event === undefined) return step;
      const cause = find(step.note.data.event);
      const from = cause === undefined ? undefined : inSightFrom(cause, lens);
      return from === undefined ? undefined : { ...step, key: inSightAt(step.key, from) };
    }
    default:
      return markThroughLens(step, lens, find);
  }
}

function markThroughLens(mark: Settled | Disclosed, lens: Lens, find: Find): Step | undefined {
  const event = find(mark.event);
  const from = event === undefined ? undefined : inSightFrom(event, lens);
  const known = mark.kind === 'disclosed' ? knownFrom(mark, lens, find) : -Infinity;
  return from === undefined || known === undefined ? undefined : { ...mark, key: inSightAt(mark.key, Math.max(from, known)) };
}

/**
 * A happening as those eyes may be told of it when it comes into sight: what is said of it and of something that they have
 * not seen by then is left out, and so is who else learned of it. `eventOf`: the happening in force that asked a request,
 * or that an id names.
 */
export function toldThroughLens(step: EffectiveHappening, lens: Lens, eventOf: Find): EffectiveHappening {
  const isSeen = (id: string | undefined): boolean => {
    if (id === undefined) return true;
    const event = eventOf(id);
    const from = event === undefined ? undefined : inSightFrom(event, lens);
    return from !== undefined && typeof event?.occurredAt === 'string' && Math.max(from, instantOf(event.occurredAt)) <= step.key[0];
  };
  const { notes, event } = step;
  const { inferred, ...said } = notes;
  const seen = inferred?.filter(({ request }) => isSeen(request)) ?? [];
  const { disclosures, ...told } = event;
  const own = disclosures?.filter(({ to }) => to === lens || to === PUBLIC) ?? [];
  return {
    ...step,
    event: (own.length === 0 ? told : { ...told, disclosures: own }) as RecordedHappening,
    notes: {
      ...said,
      answers: said.answers.filter(({ data }) => isSeen(data.request)),
      followUps: said.followUps.filter(({ data }) => isSeen(data.request)),
      claims: said.claims.filter(({ data }) => isSeen(data.request) && isSeen(data.about)),
      ...(seen.length === 0 ? {} : { inferred: seen }),
    },
  };
}
