/**
 * One named piece of what is imported.
 * Invariant: a reading that comes to its end gave the same bytes as the first one did, or it throws. Unit: bytes.
 */

/** So much is looked at to recognise a format. */
export const HEAD = 64 * 1024;

export interface Entry {
  /** With slashes, relative to the folder or the ZIP; the file's name where it is one file. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
  /** The first bytes, HEAD of them at most. */
  head(): Promise<Buffer>;
}
