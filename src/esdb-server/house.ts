/**
 * What every call of one server works with: the log as it is served, and what keeps the calls apart.
 * Invariant: there is one gate and one account of memory, whatever the call. With the manners of a real EventStoreDB the log that
 * appends go to is less kind; all else is the same.
 * Unit: one server.
 */
import type { WholeLog } from '../log/log.js';
import type { Calls } from './calls.js';
import type { Refused } from './errors.js';
import { createGate, type Gate } from './gate.js';
import type { Leadership } from './leadership.js';
import { createLives, type Lives } from './lives.js';
import { createPause, type Manners } from './manners.js';
import { createMemory } from './memory.js';
import type { AppendPorts } from './pending-append.js';
import { createProtection } from './refusals.js';
import { forgetful, noisy } from './unkind-log.js';
import { createWrites, type Writes } from './writes.js';

export interface HouseOptions {
  readonly log: WholeLog;
  /** Wall clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Stories and sessions are never deleted, cut off or hidden; false is for tests of what then happens. */
  readonly protects?: boolean;
  /** For tests of clients. */
  readonly manners?: Manners;
  /** Told of what goes wrong behind the callers' backs. */
  readonly onError?: (error: unknown) => void;
}

export interface Reception {
  readonly calls: Calls;
  readonly leadership: Leadership;
  readonly refusalOf: (error: unknown) => Refused;
}

export interface House extends Reception, AppendPorts {
  readonly log: WholeLog;
  readonly lives: Lives;
  readonly gate: Gate;
  readonly now: () => number;
  readonly mostWaiting: number;
  /** Before an answer. */
  readonly pause: () => Promise<void> | undefined;
}

export function furnish(options: HouseOptions, reception: Reception): House {
  const { log, now = Date.now, protects = true, manners = {}, onError = () => undefined } = options;
  const { forgets = false, systemEventsEvery, mostWaiting = Infinity } = manners;
  const protection = createProtection(protects);
  const lives = createLives(log, protection, now);
  const gate = createGate();
  const pause = createPause(manners);
  const taking = forgets ? forgetful(log) : log;
  const writes = createWrites({ log: systemEventsEvery === undefined ? taking : noisy(taking, systemEventsEvery, onError), lives, gate, protection });
  return {
    ...reception,
    log,
    lives,
    gate,
    protection,
    writes: patient(writes, reception.leadership, pause),
    memory: createMemory(),
    maxAppendBytes: log.maxAppendBytes,
    now,
    mostWaiting,
    pause,
  };
}

/** Writes that the leader alone takes, and answers when it likes. */
function patient(writes: Writes, leadership: Leadership, pause: House['pause']): Writes {
  return {
    ...writes,
    async append(stream, events, expected) {
      leadership.refuseAppend();
      const outcome = await writes.append(stream, events, expected);
      await pause();
      return outcome;
    },
  };
}
