/**
 * Controls that were asked for and not answered yet.
 * Invariants: each is settled exactly once; what a lost connection left open is asked again on the next, unless doing it
 * twice would not be the same as doing it once.
 */
import type { ClientMessage, FrameOf, LONGEST_FRAME, RequestId } from '../protocol.js';
import { ReplayError } from './errors.js';

export type Control = Exclude<ClientMessage, { type: 'ping' }>;
/** What answers a control: the clock, or the whole state of the view that was subscribed to. */
export type Answer = FrameOf<'clock'> | FrameOf<'projection'>;

/** The compiler checks that it is the protocol's own; importing the value would bring its validators along. */
const MOST_CHARACTERS: typeof LONGEST_FRAME = 65_536;
/** Controls that may move the clock: of several that do, the server answers only the newest. */
const SEEKING: readonly string[] = ['seek', 'live', 'step', 'loop', 'play', 'filter'];

interface Pending {
  readonly id: number;
  readonly message: Control;
  readonly text: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Looking through other eyes takes the server a while, and is overtaken by what is said meanwhile: the rest waits for it. */
const isBarrier = ({ message }: Pending) => message.type === 'filter' && message.as !== undefined;

export class Requests {
  private last = 0;
  private open = false;
  /** Not sent yet, in order. */
  private outbox: Pending[] = [];
  /** Sent, in order. */
  private readonly sent = new Map<RequestId, Pending>();

  constructor(
    private readonly send: (text: string) => void,
    /** More or fewer of them are open than before. */
    private readonly onCount: () => void,
  ) {}

  get size(): number {
    return this.outbox.length + this.sent.size;
  }

  ask(message: Control): Promise<Answer> {
    const id = ++this.last;
    const text = JSON.stringify({ ...message, requestId: id });
    if (text.length > MOST_CHARACTERS) return Promise.reject(new ReplayError('frame-too-large'));
    return new Promise((resolve, reject) => {
      this.outbox.push({ id, message, text, resolve, reject });
      this.flush();
      this.onCount();
    });
  }

  /** The server takes controls from now on. */
  connected(): void {
    this.open = true;
    this.flush();
  }

  disconnected(): void {
    this.open = false;
    const unanswered = [...this.sent.values()];
    this.sent.clear();
    const isOnce = ({ message }: Pending) => message.type === 'step';
    this.outbox = [...unanswered.filter((one) => !isOnce(one)), ...this.outbox];
    for (const { reject } of unanswered.filter(isOnce))
      reject(new ReplayError('connection-lost', 'The connection was lost before it was answered whether this step was taken.'));
    this.onCount();
  }

  /** The message that an answer is for, before `answered` settles it. */
  messageOf(requestId: RequestId | undefined): Control | undefined {
    return requestId === undefined ? undefined : this.sent.get(requestId)?.message;
  }

  answered(frame: Answer): void {
    const { requestId } = frame;
    const mine = requestId === undefined ? undefined : this.sent.get(requestId);
    if (mine !== undefined) this.settle(mine, ({ resolve }) => resolve(frame));
    if (frame.type === 'projection') return this.subscribed(frame);
    if (mine === undefined) return;
    const isOvertaken = ({ message: { type }, id }: Pending) =>
      id < mine.id && (frame.didSeek ? SEEKING.includes(type) && SEEKING.includes(mine.message.type) : type === 'step' && mine.message.type === 'step');
    for (const older of [...this.sent.values()].filter(isOvertaken)) this.settle(older, ({ reject }) => reject(new ReplayError('superseded')));
  }

  /** Answers false where the error is for none of them. */
  refused({ requestId, code, message, faults }: FrameOf<'error'>): boolean {
    const mine = requestId === undefined ? undefined : this.sent.get(requestId);
    if (mine === undefined) return false;
    this.settle(mine, ({ reject }) => reject(new ReplayError(code, message, faults)));
    return true;
  }

  end(error: unknown): void {
    this.open = false;
    const all = [...this.sent.values(), ...this.outbox];
    this.sent.clear();
    this.outbox = [];
    for (const { reject } of all) reject(error);
  }

  /** A whole state answers every subscription to it: a seek meanwhile sends it without saying whom it answers. */
  private subscribed(frame: FrameOf<'projection'>): void {
    if (frame.patch !== undefined) return;
    for (const one of [...this.sent.values()])
      if (one.message.type === 'subscribe' && one.message.projection === frame.name) this.settle(one, ({ resolve }) => resolve(frame));
  }

  private settle(one: Pending, how: (pending: Pending) => void): void {
    this.sent.delete(one.id);
    how(one);
    this.flush();
    this.onCount();
  }

  private flush(): void {
    while (this.open && this.outbox.length > 0 && ![...this.sent.values()].some(isBarrier)) {
      const next = this.outbox.shift() as Pending;
      this.sent.set(next.id, next);
      this.send(next.text);
    }
  }
}
