/**
 * What a watcher in a terminal sees, and how each thing that is sent changes it. Pure.
 * Invariants: a happening stands in it once; what was taken back is not shown; as much is held as fits a large terminal.
 * Unit: instants are ms since the epoch.
 */
import type { RequestRow, UnansweredRequests } from '../../../projections/unanswered-requests.js';
import type { ReplayItem, StoryEvent } from '../../sdk/index.js';
import type { Telling } from '../telling.js';
import type { Presentation } from './presentation.js';

export interface Shown {
  readonly event: StoryEvent;
  /** Where it stands in this replay. */
  readonly at: number;
  /** It was recorded after its moment had been played. */
  readonly late: boolean;
}

export interface Clock {
  readonly status: 'playing' | 'paused' | 'held' | 'ended' | 'live' | 'opening';
  readonly at: number;
  readonly rate: number;
  readonly nominalRate: number;
}

export interface PlayState {
  readonly title: string;
  readonly telling: Telling;
  /** Whose eyes, in words; undefined: everybody's. */
  readonly eyes?: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly clock: Clock;
  readonly presentation: Presentation;
  /** In the order of the story. */
  readonly shown: readonly Shown[];
  readonly open: readonly RequestRow[];
  readonly totals?: UnansweredRequests['totals'] | undefined;
  /** The silence that is being shortened. */
  readonly silence?: { readonly from: number; readonly to: number } | undefined;
  /** What there is to say of the connection; undefined while it is well. */
  readonly connection?: string | undefined;
  /** The answer to the last key, where there is something to say. */
  readonly notice?: string | undefined;
  readonly help: boolean;
}

/** So many happenings are held. */
const MOST_SHOWN = 300;

export function take(state: PlayState, item: ReplayItem): PlayState {
  switch (item.kind) {
    case 'event':
      return { ...withShown(state, [{ event: item.event, at: Date.parse(item.at), late: item.late }]), silence: undefined };
    case 'changed': {
      const { event } = item;
      const shown = state.shown.flatMap((one) => (one.event.id !== item.id ? [one] : event === null ? [] : [{ ...one, event }]));
      return { ...state, shown };
    }
    case 'silence':
      return { ...state, silence: { from: Date.parse(item.from), to: Date.parse(item.to) } };
    case 'lagging':
      return { ...state, notice: `${item.skipped.toLocaleString('en')} happenings were skipped: this terminal could not keep up.` };
    case 'seek':
      return { ...state, shown: [], silence: undefined };
    case 'end':
      return { ...state, silence: undefined };
  }
}

/** With more happenings, each once: one that is there already stays as it is. */
export function withShown(state: PlayState, more: readonly Shown[]): PlayState {
  const known = new Set(state.shown.map(({ event }) => event.id));
  const fresh = more.filter(({ event }) => !known.has(event.id));
  if (fresh.length === 0) return state;
  const last = state.shown.at(-1);
  const inOrder = last === undefined || fresh.every(({ at }) => at >= last.at);
  const shown = [...state.shown, ...fresh];
  return { ...state, shown: (inOrder ? shown : shown.sort((a, b) => a.at - b.at)).slice(-MOST_SHOWN) };
}
