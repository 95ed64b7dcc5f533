/**
 * A change of leader, as the clients of a cluster see it: what is under way ends, and for a while appends are told who leads.
 * Invariant: an append that is told so has stored nothing.
 * Unit: one server, which leads before and after.
 */
import { notLeader, type Refused, unavailable } from './errors.js';

/** What of a call is needed to end it. */
interface Live {
  readonly signal: AbortSignal;
  fail(refused: Refused): void;
}

export interface Leadership {
  /** The call ends when the leader changes. */
  watch(call: Live): void;
  /** Throws Refused where an append has to go to the leader. */
  refuseAppend(): void;
  /** So many appends are refused from now on. */
  change(appends: number): void;
}

export function createLeadership(leader: { readonly host: string; readonly port: number }): Leadership {
  const live = new Set<Live>();
  let refusing = 0;
  return {
    watch(call) {
      if (call.signal.aborted) return;
      live.add(call);
      call.signal.addEventListener('abort', () => live.delete(call), { once: true });
    },
    refuseAppend() {
      if (refusing === 0) return;
      refusing--;
      throw notLeader(leader);
    },
    change(appends) {
      refusing = appends;
      for (const call of [...live]) call.fail(unavailable('The node is no longer the leader.'));
    },
  };
}
