/**
 * The connection of a replay: opened, authenticated, and opened again when it breaks.
 * Invariants: one socket at a time; what cannot mend ends it with the error that says why; after `close` nothing is heard.
 */
import type { FrameOf, ServerFrame } from '../protocol.js';
import { Backoff } from '../backoff.js';
import { type Ending, errorOf, isHopeless, ReplayError } from './errors.js';
import { openSocket, PROTOCOL, platformWebSocket, type Socket, type WebSocketConstructor } from './socket.js';
import type { Timers } from './time.js';

/** A connection that has not said hello in so long is given up, in ms. */
const HELLO_WITHIN_MS = 20_000;
/** A connection that lasted so long was a good one: the waits begin anew. */
const GOOD_AFTER_MS = 5_000;

/** `waiting`: it is lost, and tried again in `retryInMs`. */
export type ConnectionState =
  | { readonly status: 'connecting' | 'open' }
  | { readonly status: 'waiting'; readonly retryInMs: number; readonly error: ReplayError }
  | { readonly status: 'closed'; readonly error?: unknown };

export interface ConnectionOptions {
  readonly timers: Timers;
  readonly random: () => number;
  readonly firstMs: number;
  readonly longestMs: number;
  /** Tries in a row that may fail: before it was ever open, and after. */
  readonly triesToOpen: number;
  readonly tries: number;
  readonly webSocket: WebSocketConstructor | undefined;
  /** The address of the next socket, with the ticket where one is given. */
  readonly address: () => Promise<string>;
  readonly token: () => Promise<string | undefined>;
}

export interface ConnectionEvents {
  hello(frame: FrameOf<'hello'>): void;
  /** Every frame but the first `hello`. */
  frame(frame: ServerFrame): void;
  /** It was open, and is no longer. */
  lost(): void;
  state(state: ConnectionState): void;
  gaveUp(error: unknown): void;
}

export class Connection {
  private readonly backoff: Backoff;
  private socket: Socket | undefined;
  private cancel: (() => void) | undefined;
  private closed = false;
  private everOpen = false;
  private greetedAt: number | undefined;
  private told: ReplayError | undefined;
  /** Counts the tries: an answer that belongs to an older one is dropped. */
  private attempt = 0;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.backoff = new Backoff(options);
  }

  get canPause(): boolean {
    return this.socket?.canPause ?? true;
  }

  connect(): void {
    const attempt = ++this.attempt;
    this.events.state({ status: 'connecting' });
    void this.open(attempt).catch((error: unknown) => {
      if (attempt !== this.attempt || this.closed) return;
      this.ended({ close: 1006, reason: '', told: error instanceof ReplayError ? error : new ReplayError('connection-lost', undefined, [], { cause: error }) });
    });
  }

  send(text: string): void {
    if (this.greetedAt !== undefined) this.socket?.send(text);
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }

  /** The other end is gone, though the socket does not know it. */
  drop(): void {
    if (this.socket !== undefined) this.ended({ close: 1006, reason: '' });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.leave();
  }

  private leave(): void {
    this.cancel?.();
    this.cancel = undefined;
    const { socket } = this;
    this.socket = undefined;
    this.greetedAt = undefined;
    this.told = undefined;
    this.attempt++;
    socket?.end();
  }

  private async open(attempt: number): Promise<void> {
    const isMine = () => attempt === this.attempt && !this.closed;
    const { timers, webSocket } = this.options;
    this.cancel = timers.after(HELLO_WITHIN_MS, () => {
      if (isMine()) this.ended({ close: 1006, reason: '' });
    });
    const [WebSocket, address, token] = await Promise.all([webSocket ?? platformWebSocket(), this.options.address(), this.options.token()]);
    if (!isMine()) return;
    const socket = openSocket(WebSocket, address, {
      opened: () => {
        if (isMine() && token !== undefined) socket.send(JSON.stringify({ type: 'auth', token }));
      },
      text: (text) => {
        if (isMine()) this.heard(text);
      },
      ended: (ending) => {
        if (isMine()) this.ended({ ...ending, told: ending.told ?? this.told });
      },
    });
    this.socket = socket;
  }

  private heard(text: string): void {
    const frame = frameOf(text);
    if (frame === undefined) return this.ended({ close: 1006, reason: 'bad-answer' });
    // One more is only told: it says of a shared session that this is its host after all.
    if (frame.type === 'hello' && this.greetedAt === undefined) {
      if (frame.protocol !== PROTOCOL) return this.ended({ close: 1006, reason: 'bad-answer' });
      this.cancel?.();
      this.cancel = undefined;
      this.everOpen = true;
      this.greetedAt = this.options.timers.now();
      this.told = undefined;
      this.events.state({ status: 'open' });
      // A listener may have closed it.
      if (!this.closed) this.events.hello(frame);
      return;
    }
    // Why it ends, where it ends right after this.
    this.told = frame.type === 'error' && frame.requestId === undefined ? new ReplayError(frame.code, frame.message, frame.faults) : undefined;
    this.events.frame(frame);
  }

  private ended(ending: Ending): void {
    const { greetedAt } = this;
    this.leave();
    const error = errorOf(ending);
    if (greetedAt !== undefined) {
      if (this.options.timers.now() - greetedAt >= GOOD_AFTER_MS) this.backoff.reset();
      this.events.lost();
    }
    if (this.closed) return;
    if (isHopeless(ending) || this.backoff.tries >= (this.everOpen ? this.options.tries : this.options.triesToOpen)) return this.events.gaveUp(error);
    const retryInMs = this.backoff.next();
    this.cancel = this.options.timers.after(retryInMs, () => this.connect());
    this.events.state({ status: 'waiting', retryInMs, error });
  }
}

/** A frame as JSON; undefined where it is none. Its shape is the server's promise, and types that are not known are let be. */
function frameOf(text: string): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === 'object' && frame !== null && typeof (frame as { type?: unknown }).type === 'string' ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}
