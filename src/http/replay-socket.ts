/**
 * The socket of a replay: who is there is asked first, then frames of the client go to the player and frames of the player to
 * the socket.
 * Invariant: who has not shown that he may watch is sent nothing but errors; what cannot be understood is answered and changes
 * nothing; what cannot be opened is told before it is closed.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import type { WebSocket } from 'ws';
import { HindcastError } from '../errors.js';
import { AuthMessage, LONGEST_FRAME, type Opening, parseClientMessage, parseOpening, type RequestId, SUBPROTOCOL } from '../protocol.js';
import { MOST_UNSENT, type Watched, type Watcher } from '../sessions/watcher.js';
import { bearerOf, type Rights } from './access.js';
import { asHindcastError } from './problems.js';
import type { Services } from './services.js';
import { wireOf } from './wire.js';

/** What a watcher has shown of who he is. */
export interface Credentials {
  readonly rights: Rights;
  /** The token as it was sent, also where it is none of ours; undefined with a ticket, or where none was sent. */
  readonly token: string | undefined;
}

/** What a socket is to play. */
export interface Replay {
  /** Who may read this story may watch; null: it is not known which, and it takes who may read all. */
  readonly story: string | null;
  /** What may be said in the query; everything that an opening knows. */
  readonly parameters?: readonly string[];
  /**
   * Opens the session. `shown`: the tokens that were shown by the time it is called. Throws an error of the register where it
   * cannot, having sent nothing.
   */
  readonly open: (opening: Opening, watcher: Watcher, credentials: Credentials, shown: () => readonly string[]) => Promise<Watched>;
  /** Who may watch as well, though no token of ours lets him: such as the holder of a session's own token. */
  readonly admits?: (credentials: Credentials) => boolean;
  /** An auth message that came when the session was open, or opening, since nobody had to wait for it. Without this it changes nothing. */
  readonly authenticated?: (player: Watched, credentials: Credentials) => void;
}

/** `find`: what is to be played, looked up while the socket waits; what it throws is told, and ends it. */
export type ServeReplay = (socket: WebSocket, request: FastifyRequest, find: () => Replay | Promise<Replay>) => void;

/** A client may send so many frames at once, and so many a second after that. */
const FLOOD = { burst: 400, perSecond: 100 } as const;

/** So many bytes may a client send before its session is open. */
const MOST_EARLY = 1024 * 1024;

/** A socket is asked so often whether its other end is still there; one that has not answered by the next time is ended. */
const HEARTBEAT_MS = 30_000;

/** The first message must have come by then, where tokens are in force. */
export const AUTH_MS = 10_000;

const auths = Compile(AuthMessage);
const FIRST = 'The first message is { "type": "auth", "token": "…" }.';

/** Reads an auth message; undefined where it is another one. No error repeats what was sent. */
function readAuth(text: string): { readonly token: string } | { readonly error: HindcastError; readonly requestId?: RequestId } | undefined {
  if (text.length > LONGEST_FRAME) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if ((value as { type?: unknown } | null)?.type !== 'auth') return undefined;
  if (auths.Check(value)) return { token: (value as AuthMessage).token };
  const { requestId } = value as { requestId?: unknown };
  return {
    error: new HindcastError('bad-frame', 'An auth message is { "type": "auth", "token": "…" }.', [{ at: '/', message: 'not an auth message' }]),
    ...(typeof requestId === 'string' || typeof requestId === 'number' ? { requestId } : {}),
  };
}

/** A socket as a player sees it. */
function watcherOf(socket: WebSocket, connection: Socket): Watcher {
  return {
    send(frames) {
      if (socket.readyState === socket.OPEN) connection.write(wireOf(frames));
    },
    buffered: () => socket.bufferedAmount,
    onDrained(callback) {
      const look = () => {
        if (socket.bufferedAmount > MOST_UNSENT / 4) connection.once('drain', look);
        else callback();
      };
      // Whoever is told may send at once: not from within what called this.
      if (connection.writableNeedDrain) connection.once('drain', look);
      else setImmediate(look);
    },
    close: (code, reason) => socket.close(code, reason),
  };
}

function errorFrame(error: HindcastError): string {
  const { code, message, faults } = error;
  return JSON.stringify({ type: 'error', code, message, ...(faults.length === 0 ? {} : { faults }) });
}

/** Counts frames: answers false for one too many. */
function floodGate(now: () => number): () => boolean {
  let left: number = FLOOD.burst;
  let last = now();
  return () => {
    const at = now();
    left = Math.min(FLOOD.burst, left + ((at - last) / 1000) * FLOOD.perSecond) - 1;
    last = at;
    return left >= 0;
  };
}

/** Gives a room of routes what serves their sockets, with one heartbeat for all of these. Their routes say `config: { access: 'socket' }`. */
export function replaySockets(server: FastifyInstance, { sessions, access, tickets, timers }: Services): ServeReplay {
  const alive = new Set<WebSocket>();
  const waitingFor = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const socket of alive) {
      if (waitingFor.has(socket)) {
        socket.terminate();
        continue;
      }
      waitingFor.add(socket);
      socket.ping();
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  server.addHook('onClose', async () => clearInterval(heartbeat));

  const credentialsOf = (token: string | undefined): Credentials => ({
    rights: (token === undefined ? undefined : access.rightsOf(token)) ?? access.everyone,
    token,
  });

  return (socket, request, find) => {
    const { ticket, auth, ...query } = request.query as Readonly<Record<string, unknown>>;
    let replay: Replay | undefined;
    let player: Watched | undefined;
    let gone = false;
    /** Set while an auth message is waited for: how to stop waiting. */
    let stopWaiting: (() => void) | undefined;
    /** What a client says before its session is open. */
    const early: { readonly bytes: Buffer; readonly isBinary: boolean }[] = [];
    let waiting = 0;
    const admits = floodGate(sessions.serverNow);

    const leave = () => {
      gone = true;
      stopWaiting?.();
      stopWaiting = undefined;
      early.length = 0;
      player?.close();
    };
    const end = (error: HindcastError) => {
      if (gone) return;
      socket.send(errorFrame(error));
      socket.close(error.close, error.code);
      leave();
    };

    const take = (bytes: Buffer, isBinary: boolean) => {
      if (player === undefined) return;
      if (isBinary) return player.fail(new HindcastError('bad-frame', 'It is binary; frames are text.', [{ at: '/', message: 'binary' }]));
      // A frame far too long is not even turned into text.
      if (bytes.length > LONGEST_FRAME * 4)
        return player.fail(new HindcastError('frame-too-large', `It has ${bytes.length} bytes.`, [{ at: '/', message: 'too long' }]));
      try {
        const text = bytes.toString();
        const auth = readAuth(text);
        if (auth !== undefined) {
          if ('error' in auth) player.fail(auth.error, auth.requestId);
          else replay?.authenticated?.(player, credentialsOf(auth.token));
          return;
        }
        const parsed = parseClientMessage(text);
        if ('error' in parsed) player.fail(parsed.error, parsed.requestId);
        else player.command(parsed.message);
      } catch (error) {
        // One watcher's message is never the end of the others.
        const known = asHindcastError(error);
        if (known.code === 'internal') request.log.error({ err: error }, 'a message could not be taken');
        player.fail(known);
      }
    };

    /** The tokens among what has been said so far. */
    const shownSoFar = (): string[] =>
      early.flatMap(({ bytes, isBinary }) => {
        const auth = isBinary || bytes.length > LONGEST_FRAME ? undefined : readAuth(bytes.toString());
        return auth !== undefined && 'token' in auth ? [auth.token] : [];
      });
    const begin = async (played: Replay, credentials: Credentials) => {
      if (played.admits?.(credentials) !== true) credentials.rights.demand('read', played.story);
      const opening = parseOpening(query, played.parameters);
      player = await played.open(opening, watcherOf(socket, request.raw.socket), credentials, shownSoFar);
      if (gone) return player.close();
      for (const { bytes, isBinary } of early.splice(0)) take(bytes, isBinary);
    };
    const proceed = (played: Replay, credentials: Credentials) => {
      begin(played, credentials).catch((error: unknown) => {
        const known = asHindcastError(error);
        if (known.code === 'internal') request.log.error({ err: error }, 'a session could not be opened');
        end(known);
      });
    };

    /** The first message, where one must come. */
    const takeFirst = (played: Replay, bytes: Buffer, isBinary: boolean) => {
      stopWaiting?.();
      stopWaiting = undefined;
      const auth = isBinary || bytes.length > LONGEST_FRAME ? undefined : readAuth(bytes.toString());
      if (auth === undefined || 'error' in auth) return end(new HindcastError('unauthenticated', FIRST, [{ at: '/', message: 'no auth message' }]));
      proceed(played, credentialsOf(auth.token));
    };
    const hear = (bytes: Buffer, isBinary: boolean) => {
      if (stopWaiting !== undefined && replay !== undefined) takeFirst(replay, bytes, isBinary);
      else if (player === undefined) {
        early.push({ bytes, isBinary });
        waiting += bytes.length;
        if (waiting > MOST_EARLY) end(new HindcastError('flood', `At most ${MOST_EARLY} bytes before the session is open.`));
      } else take(bytes, isBinary);
    };

    socket.on('message', (data, isBinary) => {
      if (gone) return;
      if (!admits()) return end(new HindcastError('flood', `At most ${FLOOD.burst} at once and ${FLOOD.perSecond} a second.`));
      hear(data as Buffer, isBinary);
    });
    alive.add(socket);
    socket.on('pong', () => waitingFor.delete(socket));
    socket.on('close', () => {
      alive.delete(socket);
      leave();
    });
    socket.on('error', (error) => request.log.debug({ err: error }, 'a socket failed'));

    if (socket.protocol !== SUBPROTOCOL && request.headers['sec-websocket-protocol'] !== undefined)
      return end(new HindcastError('bad-request', `The subprotocol is ${SUBPROTOCOL}.`, [{ at: 'Sec-WebSocket-Protocol', message: `without ${SUBPROTOCOL}` }]));
    const start = (played: Replay) => {
      replay = played;
      const shown = bearerOf(request);
      const carried = typeof ticket === 'string' ? tickets.redeem(ticket) : undefined;
      if (carried !== undefined) return proceed(played, { rights: carried, token: undefined });
      // Who need not say who he is, and does not say that he will, is not waited for.
      const says = auth !== undefined && auth !== 'false' && auth !== '0';
      if (!says && (shown !== undefined || access.everyone.allows('read', played.story))) return proceed(played, credentialsOf(shown));
      if (ticket !== undefined)
        return end(new HindcastError('unauthenticated', 'The ticket is used, expired or unknown.', [{ at: 'ticket', message: 'not a ticket that holds' }]));
      stopWaiting = timers.after(AUTH_MS, () => end(new HindcastError('unauthenticated', `${FIRST} None came within ${AUTH_MS / 1000} s.`)));
      for (const { bytes, isBinary } of early.splice(0)) if (!gone) hear(bytes, isBinary);
    };
    const failed = (error: unknown) => {
      const known = asHindcastError(error);
      if (known.code === 'internal') request.log.error({ err: error }, 'a session could not be found');
      end(known);
    };
    try {
      const found = find();
      if (found instanceof Promise) found.then((played) => (gone ? undefined : start(played))).catch(failed);
      else start(found);
    } catch (error) {
      failed(error);
    }
  };
}
