/**
 * The ledger: who asked what of whom and what came of it, as of the story clock.
 * Invariants: a follow-up is "followed by", never an answer and never a cause; a claim is called a claim; a lapse whose
 * ends differ is said as a range.
 */
import type { FrameOf } from '../src/protocol.js';
import { byId, el, say, stated } from './dom.js';
import type { Cast } from './feed.js';
import { lapse } from './words.js';
import { applyPatch } from './patch.js';

/** The state of `unanswered-requests`, as far as it is shown here. */
type After = { event: string; basis: string; afterMinMs: number | null; afterMaxMs: number | null; afterStated?: string };
interface RequestRow {
  id: string;
  event: string;
  from: string;
  to: string;
  text: string;
  askedAt: string;
  askedEarliest: string | null;
  askedLatest: string | null;
  basis: string;
  uncertain?: boolean;
  answer?: After;
  possibleAnswer?: After;
  mootedBy?: { at: string; reason: string; basis: string };
  followUps: (After & { by: string; visibility: string })[];
  claims?: { by: string; claim: string }[];
}
const LISTS = ['unanswered', 'answered', 'moot'] as const;
type List = (typeof LISTS)[number];
type UnansweredRequests = Record<List, RequestRow[]> & { totals: Record<List | 'requests', number> };

/** A row on the page, with what it was made of. */
interface Shown {
  text: string;
  item: HTMLElement;
  tick: (at: number) => void;
}

export interface LedgerOptions {
  readonly cast: Cast;
  /** Brings an event of a row into view. */
  readonly show: (event: string) => void;
  /** Asks for the whole state again. */
  readonly resubscribe: () => void;
}

export function createLedger({ cast, show, resubscribe }: LedgerOptions) {
  const { name, words } = cast;
  let held: { generation: number; seq: number; state: UnansweredRequests } | undefined;
  const rows = new Map<string, Shown>();

  /** How long after its request. */
  const after = ({ afterMinMs, afterMaxMs, afterStated }: After) => [`after ${lapse(afterMinMs, afterMaxMs)}`, stated(afterStated)];
  const basis = (known: string) => (known === 'stated' ? '' : ` (${known})`);
  const link = (event: string, text: string) => {
    const button = el('button', { type: 'button', class: 'link' }, text);
    button.onclick = () => show(event);
    return button;
  };

  function ageOf({ askedAt, askedEarliest, askedLatest }: RequestRow, at: number): string {
    const most = askedEarliest === null ? null : at - Date.parse(askedEarliest);
    return most !== null && most < 1000 ? 'Just asked' : `Unanswered for ${lapse(at - Date.parse(askedLatest ?? askedAt), most)}`;
  }

  function itemOf(row: RequestRow, open: boolean): Shown {
    const { answer, possibleAnswer, mootedBy, followUps, claims = [] } = row;
    const age = open ? el('p', { class: 'age' }) : null;
    const item = el(
      'li',
      {},
      el('p', { class: 'who' }, el('bdi', {}, name(row.from)), ' → ', el('bdi', {}, name(row.to)), basis(row.basis)),
      el('p', { class: 'ask', dir: 'auto' }, row.text),
      age,
      answer && el('p', {}, link(answer.event, 'Answered'), ' ', ...after(answer), basis(answer.basis)),
      possibleAnswer && el('p', {}, link(possibleAnswer.event, 'Possibly answered'), ' ', ...after(possibleAnswer), ', by a rule'),
      mootedBy && el('p', {}, `No longer open by ${words.date(Date.parse(mootedBy.at))}: ${mootedBy.reason}${basis(mootedBy.basis)}`),
      ...claims.map((claim) => el('p', {}, el('b', {}, 'Claim'), ` of ${name(claim.by)}, not established: ${claim.claim}`)),
      ...followUps.map((next) =>
        el('p', {}, 'Followed by ', link(next.event, `a ${next.visibility} act of ${name(next.by)}`), ' ', ...after(next), basis(next.basis)),
      ),
      row.uncertain === true && el('p', { class: 'uncertain' }, 'Uncertain: by its bounds, part of this may not have happened yet.'),
      el('p', {}, link(row.event, 'Show the request')),
    );
    return { text: JSON.stringify(row), item, tick: (at) => age !== null && say(age, ageOf(row, at)) };
  }

  function draw(state: UnansweredRequests): void {
    const seen = new Set<string>();
    for (const list of LISTS) {
      const root = byId(list);
      // The latest first, as on the stage.
      const wanted = state[list].toReversed().map((row) => {
        seen.add(row.id);
        const before = rows.get(row.id);
        const entry = before?.text === JSON.stringify(row) ? before : itemOf(row, list === 'unanswered');
        rows.set(row.id, entry);
        return entry.item;
      });
      // What stays is not moved: whoever is reading there keeps the place.
      const staying = new Set<Element>(wanted);
      for (const item of [...root.children]) if (!staying.has(item)) item.remove();
      for (const [i, item] of wanted.entries()) if (root.children[i] !== item) root.insertBefore(item, root.children[i] ?? null);
      byId(`${list}-part`).hidden = wanted.length === 0 && list !== 'unanswered';
      say(byId(`${list}-count`), String(state.totals[list]));
    }
    for (const id of [...rows.keys()]) if (!seen.has(id)) rows.delete(id);
    const { requests, unanswered, answered, moot } = state.totals;
    say(byId('totals'), requests === 0 ? 'No requests yet' : `${unanswered} unanswered · ${answered} answered${moot === 0 ? '' : ` · ${moot} no longer open`}`);
  }

  return {
    take(frame: FrameOf<'projection'>): void {
      const { generation, seq, state, patch } = frame;
      if (held !== undefined && generation < held.generation) return;
      if (state !== undefined) held = { generation, seq, state: state as UnansweredRequests };
      else if (held?.generation !== generation || held.seq !== seq - 1) {
        if (held !== undefined) resubscribe();
        held = undefined;
        return;
      } else {
        try {
          held = { generation, seq, state: applyPatch(held.state, patch ?? []) as UnansweredRequests };
        } catch {
          held = undefined;
          return resubscribe();
        }
      }
      draw(held.state);
    },
    /** A new socket counts its generations anew. */
    forget(): void {
      held = undefined;
    },
    /** Ages as of a story time. */
    tick(at: number): void {
      for (const { tick } of rows.values()) tick(at);
    },
  };
}
