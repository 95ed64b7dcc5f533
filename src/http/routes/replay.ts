/**
 * The socket of a replay: one watcher, one session. Frames of the client go to the player, frames of the player to the socket.
 * Invariant: what cannot be understood is answered and changes nothing; what cannot be opened is told before it is closed.
 */
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { HindcastError } from '../../errors.js';
import { LONGEST_FRAME, parseClientMessage, parseOpening, SUBPROTOCOL } from '../../protocol.js';
import type { Player } from '../../sessions/player.js';
import { MOST_UNSENT, type Watcher } from '../../sessions/watcher.js';
import { asHindcastError } from '../problems.js';
import type { Services } from '../services.js';
import type { StoryParams } from './stories.js';

/** A client may send so many frames at once, and so many a second after that. */
const FLOOD = { burst: 400, perSecond: 100 } as const;

/** A socket as a player sees it. */
function watcherOf(socket: WebSocket): Watcher {
  let drained: (() => void) | undefined;
  const onSent = () => {
    if (drained === undefined || socket.bufferedAmount > MOST_UNSENT / 4) return;
    const callback = drained;
    drained = undefined;
    callback();
  };
  return {
    send(frames) {
      if (socket.readyState !== socket.OPEN) return;
      for (const frame of frames) socket.send(frame, onSent);
    },
    buffered: () => socket.bufferedAmount,
    onDrained(callback) {
      drained = callback;
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

/** A socket is asked so often whether its other end is still there; one that has not answered by the next time is ended. */
const HEARTBEAT_MS = 30_000;

export function replayRoutes(server: FastifyInstance, { sessions }: Services): void {
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

  server.get<{ Params: StoryParams; Querystring: Record<string, unknown> }>('/stories/:story/replay', { websocket: true }, (socket, request) => {
    const fail = (error: HindcastError) => {
      socket.send(errorFrame(error));
      socket.close(error.close, error.code);
    };
    let player: Player | undefined;
    let gone = false;
    /** What a client says before its session is open. */
    const early: (() => void)[] = [];
    const admits = floodGate(sessions.serverNow);
    const take = (bytes: Buffer, isBinary: boolean) => {
      if (player === undefined) return;
      if (isBinary) return player.fail(new HindcastError('bad-frame', 'It is binary; frames are text.', [{ at: '/', message: 'binary' }]));
      // A frame far too long is not even turned into text.
      if (bytes.length > LONGEST_FRAME * 4)
        return player.fail(new HindcastError('frame-too-large', `It has ${bytes.length} bytes.`, [{ at: '/', message: 'too long' }]));
      try {
        const parsed = parseClientMessage(bytes.toString());
        if ('error' in parsed) player.fail(parsed.error, parsed.requestId);
        else player.command(parsed.message);
      } catch (error) {
        // One watcher's message is never the end of the others.
        request.log.error({ err: error }, 'a message could not be taken');
        player.fail(asHindcastError(error));
      }
    };
    socket.on('message', (data, isBinary) => {
      if (gone) return;
      if (!admits()) {
        gone = true;
        fail(new HindcastError('flood', `At most ${FLOOD.burst} at once and ${FLOOD.perSecond} a second.`));
        player?.close();
        return;
      }
      if (player === undefined) early.push(() => take(data as Buffer, isBinary));
      else take(data as Buffer, isBinary);
    });
    alive.add(socket);
    socket.on('pong', () => waitingFor.delete(socket));
    socket.on('close', () => {
      alive.delete(socket);
      gone = true;
      player?.close();
    });
    socket.on('error', (error) => request.log.debug({ err: error }, 'a socket failed'));
    const open = async () => {
      if (socket.protocol !== SUBPROTOCOL && request.headers['sec-websocket-protocol'] !== undefined) {
        throw new HindcastError('bad-request', `The subprotocol is ${SUBPROTOCOL}.`, [{ at: 'Sec-WebSocket-Protocol', message: `without ${SUBPROTOCOL}` }]);
      }
      player = await sessions.open(request.params.story, parseOpening(request.query), watcherOf(socket));
      if (gone) return player.close();
      for (const message of early.splice(0)) message();
    };
    open().catch((error: unknown) => {
      const known = asHindcastError(error);
      if (known.code === 'internal') request.log.error({ err: error }, 'a session could not be opened');
      fail(known);
    });
  });
}
