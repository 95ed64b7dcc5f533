/**
 * The messages that move a clock, as the session machine takes them.
 */
import { instantOf } from '../../events/story-time.js';
import { type ClientMessage, loopFrom } from '../protocol.js';
import type { Input } from './session-machine.js';

export type ControlMessage = Extract<ClientMessage, { type: 'play' | 'pause' | 'live' | 'seek' | 'rate' | 'step' | 'until' | 'loop' | 'idleLimit' }>;

/** `mono`: when it is to take effect, in ms of the monotonic clock. */
export function inputOf(message: ControlMessage, mono: number): Input {
  const about = { mono, ...(message.requestId === undefined ? {} : { requestId: message.requestId }) };
  switch (message.type) {
    case 'play':
    case 'pause':
    case 'live':
      return { on: message.type, ...about };
    case 'seek':
      return { on: 'seek', target: { to: 'instant', at: instantOf(message.at) }, ...about };
    case 'rate':
      return { on: 'rate', rate: message.rate, ...about };
    case 'step':
      return { on: 'step', unit: message.unit, count: message.count ?? 1, ...about };
    case 'until':
      return { on: 'until', at: message.at === null ? null : instantOf(message.at), ...about };
    case 'idleLimit':
      return { on: 'idle', idleMs: message.seconds === null ? Infinity : message.seconds * 1000, ...about };
    case 'loop':
      return { on: 'loop', loop: loopFrom(message.from, message.to), ...about };
  }
}
