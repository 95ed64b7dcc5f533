/**
 * Annotations as an annotator writes them, in named fields, and the drafts that are recorded of them. Pure.
 * Invariants: what is left empty is left out, and judged where drafts are judged; the same fields are the same draft, with the
 * same id, so that to record them twice adds nothing.
 */
import { createHash } from 'node:crypto';

export const KINDS = ['request', 'answer', 'follow-up', 'mooted', 'claim', 'retraction'] as const;
export type Kind = (typeof KINDS)[number];

/** The fields there are, and what each is for. */
export const FIELDS = {
  kind: 'one of request, answer, follow-up, mooted, claim, retraction',
  id: 'of the annotation (of a request: by which others name it); may be left out',
  event: 'the happening that asks, answers, follows, claims or by which it is mooted; of a retraction: what is taken back',
  request: 'the request that it is about',
  from: 'of a request: who asks, where that is not who wrote',
  to: 'of a request: who is asked',
  text: 'of a request: what is asked',
  at: 'of a mooted request: since when it has no object, RFC 3339',
  reason: 'of a mooted request: why',
  claim: 'what is claimed',
  about: 'of a claim: the event that it is about',
  after: "of an answer or a follow-up: the source's own words for how long after",
  basis: 'stated, claimed or inferred',
  rule: 'of what is inferred: by which rule',
  by: 'who says so',
  citation: 'where: the id of a source of the story, an address, or a title',
  paragraph: 'of the citation, from 1',
  locator: 'of the citation: a page, a line',
  quote: 'of the citation: its words',
  note: 'in your own words',
} as const;
export type FieldName = keyof typeof FIELDS;
export type Fields = Readonly<Partial<Record<FieldName, string>>>;

const TYPES: Readonly<Record<Kind, string>> = {
  request: 'RequestIdentified',
  answer: 'AnswerIdentified',
  'follow-up': 'FollowUpIdentified',
  mooted: 'RequestMooted',
  claim: 'ClaimIdentified',
  retraction: 'EventRetracted',
};
/** The fields of each kind, beside those that all have, and how the draft names them. */
const OWN: Readonly<Record<Kind, Readonly<Partial<Record<FieldName, string>>>>> = {
  request: { event: 'event', from: 'from', to: 'to', text: 'text' },
  answer: { event: 'event', request: 'request', after: 'afterStated' },
  'follow-up': { event: 'event', request: 'request', after: 'afterStated' },
  mooted: { event: 'event', request: 'request', at: 'at', reason: 'reason' },
  claim: { event: 'event', request: 'request', claim: 'claim', about: 'about' },
  retraction: { event: 'event' },
};
const COMMON = ['kind', 'id', 'basis', 'rule', 'by', 'citation', 'paragraph', 'locator', 'quote', 'note'] as const;

export interface Draft {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DraftFault {
  readonly field: FieldName;
  readonly message: string;
}

/** `sources`: the ids of the sources that the story lists. */
export function draftOf(fields: Fields, sources: readonly string[]): { readonly draft: Draft } | { readonly faults: readonly DraftFault[] } {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value.trim() !== '')) as Fields;
  const { kind, basis, rule, by, note, citation } = given;
  if (!(KINDS as readonly (string | undefined)[]).includes(kind)) return { faults: [{ field: 'kind', message: `is none of ${KINDS.join(', ')}` }] };
  const own = OWN[kind as Kind];
  const faults: DraftFault[] = [];
  for (const field of Object.keys(given) as FieldName[])
    if (!(field in own) && !(COMMON as readonly string[]).includes(field)) faults.push({ field, message: `means nothing for a ${kind}` });
  for (const [field, value] of Object.entries({ basis, by, citation }))
    if (value === undefined) faults.push({ field: field as FieldName, message: 'is left out' });
  const paragraph = given.paragraph === undefined ? undefined : Number(given.paragraph);
  if (paragraph !== undefined && !(Number.isInteger(paragraph) && paragraph > 0)) faults.push({ field: 'paragraph', message: 'is no number from 1' });
  if (faults.length > 0) return { faults };
  const data = without({
    ...Object.fromEntries(Object.entries(own).map(([field, name]) => [name, given[field as FieldName]])),
    basis,
    rule,
    by,
    citation: without({ ...sourceOf(citation as string, sources), paragraph, locator: given.locator, quote: given.quote }),
    note,
  });
  return { draft: { id: given.id ?? idOf(kind as Kind, data), type: TYPES[kind as Kind], data } };
}

function sourceOf(citation: string, sources: readonly string[]): Record<string, string> {
  if (sources.includes(citation)) return { id: citation };
  return /^https?:\/\//i.test(citation) ? { url: citation } : { title: citation };
}

function without(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function idOf(kind: Kind, data: Readonly<Record<string, unknown>>): string {
  const said = JSON.stringify(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${kind}-${createHash('sha256').update(said).digest('base64url').slice(0, 16)}`;
}
