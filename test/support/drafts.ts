/**
 * Short ways to write events for tests: drafts as an author would give them, and the same as recorded.
 */
import { catalogue } from '../../events/catalogue.js';
import type { RecordedEvent } from '../../events/event.js';

type Data = Record<string, unknown>;

export const message = (id: string, occurredAt: string | null, data: Data = {}, more: Data = {}) => ({
  id,
  type: 'MessageSent',
  ...(occurredAt === null ? {} : { occurredAt }),
  data: { from: 'ann', to: ['bob'], channel: 'mail', text: `words of ${id}`, links: [], ...data },
  ...more,
});

export const tweet = (id: string, occurredAt: string, data: Data = {}) => ({
  id,
  type: 'TweetPosted',
  occurredAt,
  data: { by: 'bob', text: `tweet ${id}`, links: [], ...data },
});

const said = { basis: 'stated', by: 'the-editor', citation: { title: 'a source' } };

export const request = (id: string, event: string, data: Data = {}) => ({
  id,
  type: 'RequestIdentified',
  data: { event, to: 'bob', text: `request ${id}`, ...said, ...data },
});
export const answer = (id: string, of: string, event: string, data: Data = {}) => ({
  id,
  type: 'AnswerIdentified',
  data: { request: of, event, ...said, ...data },
});
export const followUp = (id: string, of: string, event: string, data: Data = {}) => ({
  id,
  type: 'FollowUpIdentified',
  data: { request: of, event, ...said, ...data },
});
export const claim = (id: string, event: string, data: Data = {}) => ({ id, type: 'ClaimIdentified', data: { event, claim: `claim ${id}`, ...said, ...data } });
export const mooted = (id: string, of: string, at: string, data: Data = {}) => ({
  id,
  type: 'RequestMooted',
  data: { request: of, at, reason: 'it lost its object', ...said, ...data },
});
export const correction = (id: string, event: string, set: Data) => ({ id, type: 'EventCorrected', data: { event, set, ...said } });
export const retraction = (id: string, event: string) => ({ id, type: 'EventRetracted', data: { event, ...said } });

/** The drafts as a log would hold them, recorded in the order given. */
export function recorded(drafts: readonly unknown[], story = 'a-story'): RecordedEvent[] {
  return drafts.map((draft, i) => {
    const parsed = catalogue.parseDraft(draft, () => `event-${i}`);
    if ('faults' in parsed) throw new Error(parsed.faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '));
    return { ...parsed.event, story, position: String(i).padStart(12, '0'), revision: i, recordedAt: '2020-01-01T00:00:00Z' };
  });
}

/** An hour of one day, as a time. */
export const hour = (h: number, day = 1) => `2020-03-${String(day).padStart(2, '0')}T${String(h).padStart(2, '0')}:00:00Z`;
