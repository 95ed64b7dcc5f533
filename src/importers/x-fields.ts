/**
 * Fields of an X archive, whose shape nobody promises.
 * Invariant: a field that is missing or is something else is empty, never an error. Unit: one field.
 */
import { linksIn } from './links.js';

export const MOST_PEOPLE = 1_000;
const MOST_LINKS = 1_000;

export type Fields = Readonly<Record<string, unknown>>;

/** Where the short forms that X puts into a text lead, and what else is a link in it. */
export function linksOf(text: string, urls: readonly Fields[], expanded: string): string[] {
  const short = new Map(urls.map((url) => [textOf(url.url), textOf(url[expanded])]));
  const links = linksIn(text).map((link) => short.get(link) || link);
  return [...new Set([...links, ...[...short.values()].filter((link) => link !== '' && link.length <= 4_000)])].slice(0, MOST_LINKS);
}

/** Numbers rise with time; their last 22 bits part those of one millisecond. */
export function seqOf(id: string): number {
  return /^\d{10,20}$/.test(id) ? Number(BigInt(id) & 0x3fffffn) : 0;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
