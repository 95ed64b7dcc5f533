/**
 * Participant ids made of what a source calls somebody.
 * Invariants: the same handle always has the same id, whatever else is in the archive; two handles never share one. A handle
 * that can be read back from its id has a plain one; every other has, after two hyphens, a piece of its digest.
 */
import { createHash } from 'node:crypto';

/** What kind of name it is: two kinds never mean the same by chance. */
export type HandleKind = 'address' | 'name' | 'account' | 'group';

export interface Handle {
  readonly kind: HandleKind;
  readonly text: string;
}

const LONGEST = 64;
const ADDRESS = /^([a-z0-9]+(?:\.[a-z0-9]+)*)@([a-z0-9]+(?:\.[a-z0-9]+)+)$/;
const NAME = /^[A-Z][a-z0-9]*(?: [A-Z][a-z0-9]*)*$/;
const ACCOUNT = /^\d{1,20}$/;
/** Marks of direction stand around numbers and names in some archives, and belong to neither. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The handle as it is compared: addresses and accounts know no capitals, names do. */
export function handleOf(kind: HandleKind, text: string): Handle {
  const bare = text.normalize('NFC').replace(DIRECTION, '').replace(/\s+/gu, ' ').trim();
  return { kind, text: kind === 'address' || kind === 'account' ? bare.replace(/^@/, '').toLowerCase() : bare };
}

export function slugOf({ kind, text }: Handle): string {
  const plain = plainSlug(kind, text);
  if (plain !== undefined && plain.length <= LONGEST) return plain;
  const digest = createHash('sha256').update(`${kind}:${text}`).digest('hex').slice(0, 10);
  const readable = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST - digest.length - 2)
    .replace(/^-+|-+$/g, '');
  return `${readable === '' ? kind : readable}--${digest}`;
}

/** Undefined where two handles could have it. */
function plainSlug(kind: HandleKind, text: string): string | undefined {
  if (kind === 'account') return ACCOUNT.test(text) ? `x-${text}` : undefined;
  if (kind === 'address') {
    const [, local, domain] = ADDRESS.exec(text) ?? [];
    if (local === undefined || domain === undefined) return undefined;
    const words = local.split('.');
    return words.includes('at') || words[0] === 'x' ? undefined : `${words.join('-')}-at-${domain.replaceAll('.', '-')}`;
  }
  if (kind === 'name' && NAME.test(text)) {
    const words = text.toLowerCase().split(' ');
    return words.includes('at') || words[0] === 'x' ? undefined : words.join('-');
  }
  return undefined;
}
