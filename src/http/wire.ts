/**
 * Frames as they go over the wire (RFC 6455): texts, unmasked, one after another in one piece, so that they leave in one write.
 * Invariants: only for a socket whose frames are not compressed; a list is encoded once, however many are sent it one after another.
 */

const TEXT = 0x81;

let last: { readonly frames: readonly string[]; readonly wire: Buffer } | undefined;

export function wireOf(frames: readonly string[]): Buffer {
  if (last?.frames !== frames) last = { frames, wire: encode(frames) };
  return last.wire;
}

function encode(frames: readonly string[]): Buffer {
  const lengths = frames.map((text) => Buffer.byteLength(text));
  const wire = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headOf(length) + length, 0));
  let at = 0;
  for (const [i, text] of frames.entries()) {
    const length = lengths[i] as number;
    wire[at] = TEXT;
    if (length < 126) wire[at + 1] = length;
    else if (length < 65_536) {
      wire[at + 1] = 126;
      wire.writeUInt16BE(length, at + 2);
    } else {
      wire[at + 1] = 127;
      wire.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2);
      wire.writeUInt32BE(length % 2 ** 32, at + 6);
    }
    at += headOf(length);
    at += wire.write(text, at);
  }
  return wire;
}

const headOf = (length: number) => (length < 126 ? 2 : length < 65_536 ? 4 : 10);
