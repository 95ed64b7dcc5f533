/**
 * A socket as the SDK uses it, over whatever WebSocket there is: that of the platform, or `ws`, which can be paused.
 * Invariant: it ends once, and after `end` nothing is heard of it.
 */
import type { SUBPROTOCOL } from '../protocol.js';
import type { Ending } from './errors.js';
import { ReplayError } from './errors.js';

/** The compiler checks that it is the protocol's own. */
export const PROTOCOL: typeof SUBPROTOCOL = 'hindcast.v1';

/** As much of a WebSocket as is used here, in the way of browsers; `pause`, `resume` and `on` are those of `ws`. */
export interface WebSocketLike {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(code?: number): void;
  pause?(): void;
  resume?(): void;
  on?(event: 'unexpected-response', listener: (request: { destroy(): void }, response: Refusal) => void): unknown;
}
export type WebSocketConstructor = new (address: string, protocol: string) => WebSocketLike;

/** The server's answer where it opens no socket, as Node gives it. */
interface Refusal extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number;
}

export interface SocketEvents {
  opened(): void;
  text(text: string): void;
  ended(ending: Ending): void;
}

export interface Socket {
  readonly canPause: boolean;
  send(text: string): void;
  pause(): void;
  resume(): void;
  end(): void;
}

interface Platform {
  readonly WebSocket?: WebSocketConstructor;
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** In Node `ws`, since it alone can be paused; elsewhere the WebSocket of the platform, else `ws` again. */
export async function platformWebSocket(): Promise<WebSocketConstructor> {
  const platform = globalThis as unknown as Platform;
  if (platform.process?.versions?.node === undefined && platform.WebSocket !== undefined) return platform.WebSocket;
  try {
    return (await import('ws')).WebSocket as unknown as WebSocketConstructor;
  } catch (error) {
    if (platform.WebSocket !== undefined) return platform.WebSocket;
    throw error;
  }
}

export function openSocket(WebSocket: WebSocketConstructor, address: string, events: SocketEvents): Socket {
  const socket = new WebSocket(address, PROTOCOL);
  let done = false;
  const ended = (ending: Ending) => {
    if (done) return;
    done = true;
    events.ended(ending);
  };
  socket.onopen = () => {
    if (!done) events.opened();
  };
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (!done && typeof data === 'string') events.text(data);
  };
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => ended({ close: code, reason });
  // A close follows, and says as much as there is to say.
  socket.onerror = () => {};
  socket.on?.('unexpected-response', (request, response) => {
    void refusalOf(response).then((ending) => {
      request.destroy();
      ended(ending);
    });
  });
  return {
    canPause: typeof socket.pause === 'function' && typeof socket.resume === 'function',
    send: (text) => socket.send(text),
    pause: () => socket.pause?.(),
    resume: () => socket.resume?.(),
    end() {
      done = true;
      // A socket that is not read on never hears that the other end closes too.
      socket.resume?.();
      socket.close(1000);
    },
  };
}

/** The longest body of a refusal that is read, in bytes. */
const LONGEST_REFUSAL = 65_536;

/** Reads the problem that the server answers instead of opening a socket. */
async function refusalOf(response: Refusal): Promise<Ending> {
  const ending = { close: 1006, reason: '', ...(response.statusCode === undefined ? {} : { status: response.statusCode }) };
  try {
    const decoder = new TextDecoder();
    let body = '';
    for await (const chunk of response) {
      body += decoder.decode(chunk, { stream: true });
      if (body.length > LONGEST_REFUSAL) return ending;
    }
    const { code, title, detail, faults } = JSON.parse(body) as { code?: unknown; title?: string; detail?: string; faults?: [] };
    if (typeof code !== 'string') return ending;
    return { ...ending, told: new ReplayError(code, [title, detail].filter((part) => part !== undefined).join(' '), faults) };
  } catch {
    return ending;
  }
}
