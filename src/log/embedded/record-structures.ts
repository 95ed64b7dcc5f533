/**
 * The field names that records share. They are kept once, beside the log, instead of in every record: this is what makes
 * records short and quick to read. LMDB's encoder would save them in a transaction of its own in the midst of others; here
 * they are written in the block of the first record that needs them.
 * Invariant: no record is stored before the structures it is written with.
 * Unit: a structure is the list of field names of one kind of object.
 */
export type Structure = readonly string[];

/** More kinds of objects than this, and the rest carry their field names themselves. */
const MOST = 512;

export interface RecordStructures {
  /** What the encoder asks for. */
  readonly hooks: {
    readonly getStructures: () => Structure[] | undefined;
    readonly saveStructures: (structures: readonly Structure[]) => void;
    readonly shouldShareStructure: (names: Structure) => boolean;
    readonly maxSharedStructures: number;
    readonly copyBuffers: boolean;
  };
  /** What has to be written with the next record, if anything. */
  takeUnsaved(): Structure[] | undefined;
  /** The last write did not happen: whatever is known is unsaved. */
  saveAgain(): void;
}

export function createRecordStructures(load: () => Structure[] | undefined): RecordStructures {
  let known: readonly Structure[] | undefined;
  let unsaved = false;
  return {
    hooks: {
      getStructures: load,
      saveStructures(structures) {
        known = structures;
        unsaved = true;
      },
      // Such a field would come back under another name, so its record is kept apart, where it can be seen and refused.
      shouldShareStructure: (names) => !names.includes('__proto__'),
      maxSharedStructures: MOST,
      copyBuffers: true,
    },
    takeUnsaved() {
      if (!unsaved || known === undefined) return undefined;
      unsaved = false;
      return known.slice(0, MOST);
    },
    saveAgain() {
      unsaved = known !== undefined;
    },
  };
}

/** Whether what was encoded has to be refused: JSON may name a field `__proto__`, and it would not come back as it was. */
export function hasForbiddenName(bytes: Uint8Array, encoded: unknown): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('__proto__') && namesPrototype(encoded);
}

function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}
