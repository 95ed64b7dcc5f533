/**
 * The socket of one replay: opened again when it breaks, from the last place seen; and the offset of the server's clock.
 * Invariant: after `close` nothing is heard of it any more.
 */
import type { ClientMessage, FrameOf, ServerFrame } from '../src/protocol.js';

export interface Listener {
  frame(frame: ServerFrame): void;
  /** What to say of the connection; an empty text while there is nothing to say. */
  line(text: string): void;
}

export interface Replay {
  send(message: ClientMessage): void;
  /** The server's time, in ms since the epoch. */
  serverNow(): number;
  close(): void;
}

/** A socket closed with one of these is not opened again the same way: bad request, unknown story, nothing to play. */
const HOPELESS = [4400, 4404, 4409];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

const localNow = () => performance.timeOrigin + performance.now();

export function openReplay(story: string, query: Readonly<Record<string, string>>, listener: Listener): Replay {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let wait = FIRST_WAIT_MS;
  let offset = 0;
  let roundTrip = Infinity;
  let hello: FrameOf<'hello'> | undefined;
  let clock: FrameOf<'clock'> | undefined;
  let cursor: string | undefined;
  let reason = '';

  /** Where it broke off, at the rate it had: `fit` would be solved anew for what is left. */
  function resumed(): Readonly<Record<string, string>> {
    if (cursor === undefined || clock === undefined) return query;
    const idle = hello?.idleLimit == null ? {} : { idleLimit: String(hello.idleLimit) };
    return {
      after: cursor,
      rate: String(clock.nominalRate),
      ...idle,
      paused: String(clock.status !== 'playing' && clock.status !== 'held'),
      projections: query.projections ?? '',
    };
  }

  function heard(frame: ServerFrame): void {
    if (frame.type === 'hello') {
      hello = frame;
      wait = FIRST_WAIT_MS;
      roundTrip = Infinity;
      offset = frame.serverNow - localNow();
      for (let i = 0; i < 3; i++) send({ type: 'ping', t: localNow() });
      listener.line('');
    } else if (frame.type === 'pong' && frame.t !== undefined) {
      const now = localNow();
      if (now - frame.t < roundTrip) {
        roundTrip = now - frame.t;
        offset = frame.serverNow - (frame.t + now) / 2;
      }
    } else if (frame.type === 'clock') clock = frame;
    else if (frame.type === 'error') reason = frame.message;
    if ('cursor' in frame) cursor = frame.cursor;
    listener.frame(frame);
  }

  function connect(): void {
    const address = new URL(`stories/${encodeURIComponent(story)}/replay?${new URLSearchParams(resumed())}`, document.baseURI);
    address.protocol = address.protocol.replace('http', 'ws');
    const mine = new WebSocket(address, 'hindcast.v1');
    socket = mine;
    mine.onmessage = ({ data }) => {
      if (!closed && mine === socket) heard(JSON.parse(data as string) as ServerFrame);
    };
    mine.onclose = ({ code }) => {
      if (closed || mine !== socket) return;
      const lost = cursor;
      if (HOPELESS.includes(code) && lost === undefined) return listener.line(reason || 'The server has closed this replay.');
      // A place that the server does not know any more: from the beginning, then.
      if (HOPELESS.includes(code)) cursor = undefined;
      const seconds = Math.ceil(wait / 1000);
      listener.line(`The connection is lost. Trying again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}; what is shown stays.`);
      timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  }

  function send(message: ClientMessage): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  connect();
  return {
    send,
    serverNow: () => localNow() + offset,
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
