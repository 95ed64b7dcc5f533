/**
 * The lens: a story as one participant, or the public, could see it, from when they could see it. It is a way of looking,
 * not a protection.
 * Invariants: what those eyes never could see is not there; what they learned of later comes when they learned of it; an
 * event that is seen is told with its own time, whenever it came into sight.
 */
import { participantsOf, type RecordedHappening } from './event.js';
import type { Disclosed, EffectiveHappening, Settled, Step } from './steps.js';
import { instantOf, type OrderKey } from './story-time.js';

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

const notBefore = (key: OrderKey, instant: number): OrderKey => (key[0] >= instant ? key : [instant, key[1], key[2]]);

/** May those eyes know of a disclosure? Their own, and one to everybody. */
const concerns = ({ disclosure }: Disclosed, lens: Lens) => disclosure.to === lens || disclosure.to === PUBLIC;

/** A step as the lens shows it, or undefined where it does not. `find`: the happening in force of an id, if there is one. */
export function throughLens(step: Step, lens: Lens, find: (id: string) => RecordedHappening | undefined): Step | undefined {
  switch (step.kind) {
    case 'described':
      return step;
    case 'happening': {
      const from = inSightFrom(step.event, lens);
      return from === undefined ? undefined : from === -Infinity ? step : { ...step, key: notBefore(step.key, from) };
    }
    case 'mooted': {
      // The lens need not see that the request is asked: it lapses for nobody until then. What it lapsed by must be seen.
      if (step.note.data.event === undefined) return step;
      const cause = find(step.note.data.event);
      const from = cause === undefined ? undefined : inSightFrom(cause, lens);
      return from === undefined ? undefined : { ...step, key: notBefore(step.key, from) };
    }
    default:
      return markThroughLens(step, lens, find(step.event));
  }
}

function markThroughLens(mark: Settled | Disclosed, lens: Lens, event: RecordedHappening | undefined): Step | undefined {
  const from = event === undefined ? undefined : inSightFrom(event, lens);
  if (from === undefined || (mark.kind === 'disclosed' && !concerns(mark, lens))) return undefined;
  return { ...mark, key: notBefore(mark.key, from) };
}

/**
 * A happening as those eyes may be told of it when it comes into sight: what is said of it and of something that they have
 * not seen by then is left out, and so is who else learned of it. `eventOf`: the happening in force that asked a request,
 * or that an id names.
 */
export function toldThroughLens(step: EffectiveHappening, lens: Lens, eventOf: (id: string) => RecordedHappening | undefined): EffectiveHappening {
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
