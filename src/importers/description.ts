/**
 * What a story says of itself after an import: what it said before, and what the archive adds to it.
 * Invariants: nothing that was said is lost; nothing new is nothing to be recorded; the same description after the same one
 * has the same id.
 */
import stableStringify from 'safe-stable-stringify';
import type { StoryDescribed, StoryDescribedData } from '../../events/descriptions.js';
import type { StoryEvent } from '../../events/event.js';
import { digestId, eventOf, lineOf } from './draft.js';
import type { Person } from './people.js';
import type { Report } from './report.js';

/** So many people are described, those first who took part most: a description is one event. */
const MOST_PEOPLE = 2_000;
const MOST_ALIASES = 100;
const DURATION = /^(\d{1,6})([mhd])$/;
const ISO = /^P(?=.)(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/;

export interface Known {
  /** What the story said so far. */
  readonly before: StoryDescribed | undefined;
  /** Those who took part, most first. */
  readonly people: readonly Person[];
  readonly source: { readonly name: string; readonly digest: string; readonly format: string };
  readonly title?: string;
  readonly zone?: string;
  readonly possibleAnswersWithin?: string;
}

/** `72h`, `30m`, `3d`, or ISO 8601, as ISO 8601; undefined where it is none of them. */
export function durationOf(text: string): string | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (count !== undefined) return unit === 'd' ? `P${count}D` : `PT${count}${unit === 'h' ? 'H' : 'M'}`;
  return ISO.test(text) ? text : undefined;
}

/** The description to be recorded; undefined where the one in force says all of it. */
export function describe({ before, people, source, title, zone, possibleAnswersWithin }: Known, report: Report): StoryEvent | undefined {
  const old = before?.data;
  const timeZone = zone ?? old?.timeZone ?? 'UTC';
  if (zone === undefined && old === undefined) report.assume('the story is told in UTC: --tz says another zone');
  if (people.length > MOST_PEOPLE) report.assume(`of ${people.length} people the ${MOST_PEOPLE} who take part most are described`);
  const archive = {
    id: `archive-${source.digest.slice('sha256:'.length, 'sha256:'.length + 16)}`,
    title: lineOf(source.name),
    note: `${source.format}, ${source.digest}`,
  };
  const data: StoryDescribedData = {
    ...old,
    title: lineOf(title ?? old?.title ?? titleOf(source.name)),
    description: old?.description ?? '',
    timeZone,
    participants: joined(old?.participants ?? [], people.slice(0, MOST_PEOPLE)),
    sources: (old?.sources ?? []).some(({ id }) => id === archive.id) ? (old?.sources ?? []) : [...(old?.sources ?? []), archive],
    ...(possibleAnswersWithin === undefined ? {} : { possibleAnswersWithin }),
  };
  const said = stableStringify(data) ?? '';
  if (old !== undefined && said === stableStringify(old)) return undefined;
  const id = digestId('described-', before?.id ?? '', said);
  return eventOf({ id, type: 'StoryDescribed', data, sources: [{ id: archive.id, title: archive.title, digest: source.digest }] }, 'the description', report);
}

function joined(before: StoryDescribedData['participants'], people: readonly Person[]): StoryDescribedData['participants'] {
  const all = new Map(before.map((participant) => [participant.id, participant]));
  for (const { id, name, aliases, kind, mapped } of people.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const known = all.get(id);
    const shownAs = known === undefined || mapped ? name : known.name;
    const names = [...new Set([...(known?.aliases ?? []), ...(known === undefined ? [] : [known.name, name]), ...aliases])].filter((one) => one !== shownAs);
    all.set(id, {
      ...known,
      id,
      name: shownAs,
      aliases: names.slice(0, MOST_ALIASES),
      kind: known === undefined || known.kind === 'unknown' ? kind : known.kind,
    });
  }
  return [...all.values()];
}

/** The name of a file without its ending. */
function titleOf(name: string): string {
  const bare = name.replace(/\.[a-z0-9]{1,8}$/i, '').trim();
  return bare === '' ? 'Imported' : bare;
}
