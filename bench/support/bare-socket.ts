/**
 * The least a client can be: opens a WebSocket and tells where frames begin and end in what arrives, or does so for the same
 * bytes on plain TCP. Watchers of a bench are many, and share the machine with what they measure.
 * Invariant: the bytes of a frame are told once it is whole, and hold only until the call returns.
 */
import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface BareOptions {
  readonly port: number;
  /** Undefined: plain TCP, without a handshake. */
  readonly path?: string;
  readonly protocol?: string;
  /** A text frame: bytes `from` to `to`, the second exclusive. */
  readonly onText: (bytes: Buffer, from: number, to: number) => void;
  /** It has ended without being asked to. */
  readonly onLost?: (why: string) => void;
}

export interface BareSocket {
  readonly opened: Promise<void>;
  /** Its own end's port, once it is open. */
  port(): number;
  send(text: string): void;
  close(): Promise<void>;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A frame as a client sends it; at most 65,535 bytes. */
function masked(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  const body = Buffer.from(payload.map((byte, i) => byte ^ (mask[i & 3] as number)));
  return Buffer.concat([head, mask, body]);
}

/** A text frame as a server sends it. */
export function serverFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? Buffer.from([0x80 | TEXT, length]) : Buffer.from([0x80 | TEXT, 126, length >> 8, length & 255]);
  if (length > 65_535) throw new Error('so long a frame is not made here');
  return Buffer.concat([head, payload]);
}

export function openBare({ port, path, protocol, onText, onLost = () => {} }: BareOptions): BareSocket {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let rest: Buffer | undefined;
  let closing = false;
  let reason = 'the connection ended';

  const takeFrames = (chunk: Buffer): void => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      if (bytes.length < at + 2) break;
      const opcode = (bytes[at] as number) & 15;
      let length = (bytes[at + 1] as number) & 127;
      let from = at + 2;
      if (length === 126) {
        if (bytes.length < at + 4) break;
        length = bytes.readUInt16BE(at + 2);
        from = at + 4;
      } else if (length === 127) {
        if (bytes.length < at + 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        from = at + 10;
      }
      const to = from + length;
      if (bytes.length < to) break;
      if (opcode === TEXT) onText(bytes, from, to);
      else if (opcode === PING) socket.write(masked(PONG, bytes.subarray(from, to)));
      else if (opcode === CLOSE) reason = `closed: ${length >= 2 ? bytes.readUInt16BE(from) : ''} ${bytes.subarray(from + 2, to).toString()}`;
      at = to;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
  };

  const opened = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(reason)));
    if (path === undefined) {
      socket.once('connect', () => resolve());
      socket.on('data', takeFrames);
      return;
    }
    const key = randomBytes(16).toString('base64');
    const asked = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    asked.push(`Sec-WebSocket-Key: ${key}`, ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]), '', '');
    socket.once('connect', () => socket.write(asked.join('\r\n')));
    let head = Buffer.alloc(0);
    const takeHead = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const answer = head.subarray(0, end).toString('latin1');
      const accepted = createHash('sha1')
        .update(key + GUID)
        .digest('base64');
      if (!answer.startsWith('HTTP/1.1 101') || !answer.includes(accepted)) {
        socket.destroy();
        return reject(new Error(`no WebSocket at ${path}: ${answer.slice(0, 200)}`));
      }
      socket.off('data', takeHead);
      socket.on('data', takeFrames);
      resolve();
      if (head.length > end + 4) takeFrames(head.subarray(end + 4));
    };
    socket.on('data', takeHead);
  });
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      if (!closing) onLost(reason);
      resolve();
    });
  });
  socket.on('error', (error) => {
    reason = error.message;
  });
  return {
    opened,
    port: () => socket.localPort as number,
    send: (text) => socket.write(masked(TEXT, Buffer.from(text))),
    async close() {
      closing = true;
      socket.end();
      const timer = setTimeout(() => socket.destroy(), 1_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
