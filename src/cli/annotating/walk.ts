/**
 * Walking the happenings of a story and marking what they are: what is shown, and what a key does. Pure: keys in, the next state
 * out, and now and then a draft to be recorded.
 * Invariants: nothing is recorded that was not confirmed; every mark has a basis, somebody who says so, and a citation; what the
 * last mark said of these is offered for the next.
 */
import type { PublishedAnnotation } from '../../../events/published.js';
import { actorOf, type Happening } from '../../../events/event.js';
import type { StoryEvent } from '../../sdk/index.js';
import { kindOf, peopleIn, type Telling, textOf } from '../telling.js';
import { clean, cleanLine } from '../terminal/clean.js';
import type { Key } from '../terminal/keys.js';
import { cut, fitted, hanging, widthOf, wrap } from '../terminal/layout.js';
import type { Style } from '../terminal/style.js';
import { type Draft, draftOf, type FieldName, type Fields, type Kind } from './drafts.js';

/** A request of the story, as it may be chosen. */
export interface Asked {
  readonly id: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

interface Question {
  readonly field: FieldName;
  readonly label: string;
  /** What a digit or a letter stands for; without these it is typed. */
  readonly choices?: readonly { readonly key: Key; readonly value: string; readonly label: string }[];
  readonly optional?: true;
}

interface Form {
  readonly kind: Kind;
  readonly fields: Fields;
  readonly questions: readonly Question[];
  /** What is being typed. */
  readonly typed: string;
}

export interface Walk {
  readonly title: string;
  readonly telling: Telling;
  readonly events: readonly StoryEvent[];
  readonly requests: readonly Asked[];
  readonly sources: readonly string[];
  readonly at: number;
  readonly form?: Form | undefined;
  /** Who says so, on what basis, and where: as it was said last. */
  readonly usual: Pick<Fields, 'by' | 'basis' | 'citation' | 'rule'>;
  readonly notice?: string | undefined;
  readonly done: boolean;
}

export interface Moved {
  readonly walk: Walk;
  readonly record?: Draft;
}

/** Where somebody who comes back goes on: after the last happening that something was said about. */
export function resumesAt(events: readonly StoryEvent[]): number {
  const last = events.findLastIndex(({ annotations = [] }) => annotations.length > 0);
  return Math.min(last + 1, Math.max(0, events.length - 1));
}

const BASES: NonNullable<Question['choices']> = [
  { key: 's', value: 'stated', label: 's stated' },
  { key: 'c', value: 'claimed', label: 'c claimed' },
  { key: 'i', value: 'inferred', label: 'i inferred' },
];
const COMMANDS: Readonly<Record<Key, Kind>> = { r: 'request', a: 'answer', f: 'follow-up', m: 'mooted', x: 'retraction' };
const MOST_CHOICES = 9;

export function press(walk: Walk, key: Key): Moved {
  const quiet: Walk = { ...walk, notice: undefined };
  if (walk.form !== undefined) return fill(quiet, walk.form, key);
  if (key === 'q' || key === 'ctrl-c' || key === 'ctrl-d') return { walk: { ...quiet, done: true } };
  if (['n', 'space', 'right', 'down', 'enter'].includes(key)) return { walk: moved(quiet, 1) };
  if (['p', 'left', 'up', 'backspace'].includes(key)) return { walk: moved(quiet, -1) };
  const kind = Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : undefined;
  return { walk: kind === undefined ? quiet : begin(quiet, kind) };
}

function moved(walk: Walk, by: number): Walk {
  const at = Math.min(walk.events.length - 1, Math.max(0, walk.at + by));
  return at === walk.at ? { ...walk, notice: by > 0 ? 'That was the last happening.' : 'That is the first happening.' } : { ...walk, at };
}

// ---- the form -----------------------------------------------------------------------------------

function begin(walk: Walk, kind: Kind): Walk {
  const event = walk.events[walk.at];
  if (event === undefined) return walk;
  const questions = questionsOf(walk, event, kind);
  if (typeof questions === 'string') return { ...walk, notice: questions };
  const own: Fields = kind === 'retraction' ? {} : kind === 'mooted' ? { event: event.id, at: event.occurredAt ?? '' } : { event: event.id };
  return { ...walk, form: { kind, fields: { ...own, kind }, questions, typed: '' } };
}

/** What has to be asked, or why there is nothing to be said. */
function questionsOf({ requests, telling }: Walk, event: StoryEvent, kind: Kind): Question[] | string {
  const known: Question[] = [
    { field: 'basis', label: 'Basis', choices: BASES },
    { field: 'by', label: 'Who says so' },
    { field: 'citation', label: 'Where is it stated (a source, an address, a title)' },
    { field: 'quote', label: 'In which words', optional: true },
    { field: 'note', label: 'Note', optional: true },
  ];
  if (kind === 'request') {
    const others = event.type === 'MessageSent' ? event.data.to : event.type === 'TweetPosted' ? (event.data.mentions ?? []) : (event.data.with ?? []);
    const to: Question =
      others.length === 0
        ? { field: 'to', label: 'Who is asked (an id)' }
        : choice(
            'to',
            'Who is asked',
            others.map((id) => [id, telling.name(id)]),
          );
    return [to, { field: 'text', label: 'What is asked' }, ...known];
  }
  if (kind === 'retraction') {
    const marks = (event.annotations ?? []).filter(({ position }) => position !== undefined);
    return marks.length === 0
      ? 'Nothing is recorded about this happening that could be taken back.'
      : [
          choice(
            'event',
            'Take back',
            marks.map((mark) => [mark.id, markTold(mark, telling)]),
          ),
          ...known,
        ];
  }
  const before = requestsFor(requests, event);
  if (before.length === 0) return 'There is no request yet that this could be about.';
  const which = choice(
    'request',
    'Which request',
    before.map((request) => [request.id, `${telling.name(request.from)} to ${telling.name(request.to)}: ${cleanLine(request.text)}`]),
  );
  return kind === 'mooted' ? [which, { field: 'reason', label: 'Why it has no object any more' }, ...known] : [which, ...known];
}

/** The requests that are likeliest to be meant, first: those to whoever acts here, the latest first. */
function requestsFor(requests: readonly Asked[], event: StoryEvent): readonly Asked[] {
  const actor = actorOf(event as unknown as Happening);
  const others = requests.filter((request) => request.event !== event.id).toReversed();
  return [...others.filter(({ to }) => to === actor), ...others.filter(({ to }) => to !== actor)];
}

function choice(field: FieldName, label: string, from: readonly (readonly [value: string, label: string])[]): Question {
  if (from.length > MOST_CHOICES) return { field, label: `${label} (an id)` };
  return { field, label, choices: from.map(([value, words], i) => ({ key: String(i + 1), value, label: `${i + 1} ${words}` })) };
}

function fill(walk: Walk, form: Form, key: Key): Moved {
  if (key === 'escape' || key === 'ctrl-c') return { walk: { ...walk, form: undefined, notice: 'Nothing was recorded.' } };
  const [question] = form.questions;
  // All is said: it is recorded only if it is confirmed.
  if (question === undefined) return key === 'enter' ? confirmed(walk, form) : { walk: { ...walk, form } };
  const { field, choices, optional } = question;
  if (choices !== undefined) {
    const usual = walk.usual[field as keyof Walk['usual']];
    const chosen = choices.find((one) => one.key === key) ?? (key === 'enter' ? (choices.find(({ value }) => value === usual) ?? only(choices)) : undefined);
    return { walk: chosen === undefined ? { ...walk, form } : answered(walk, form, chosen.value) };
  }
  if (key === 'backspace') return { walk: { ...walk, form: { ...form, typed: withoutLast(form.typed) } } };
  if (key === 'enter') {
    const value = form.typed.trim() === '' ? (walk.usual[field as keyof Walk['usual']] ?? '') : form.typed.trim();
    return { walk: value === '' && optional !== true ? { ...walk, form, notice: 'This has to be said.' } : answered(walk, form, value) };
  }
  const typed = key === 'space' ? ' ' : [...key].length === 1 ? key : '';
  return { walk: { ...walk, form: { ...form, typed: form.typed + typed } } };
}

const only = <One>(list: readonly One[]): One | undefined => (list.length === 1 ? list[0] : undefined);
const withoutLast = (text: string) => [...text].slice(0, -1).join('');

function answered(walk: Walk, form: Form, value: string): Walk {
  const [question, ...rest] = form.questions as [Question, ...Question[]];
  const rule: Question[] = question.field === 'basis' && value === 'inferred' ? [{ field: 'rule', label: 'By which rule' }] : [];
  return { ...walk, form: { ...form, fields: { ...form.fields, [question.field]: value }, questions: [...rule, ...rest], typed: '' } };
}

function confirmed(walk: Walk, form: Form): Moved {
  const read = draftOf(form.fields, walk.sources);
  if ('faults' in read) return { walk: { ...walk, form: undefined, notice: read.faults.map(({ field, message }) => `${field} ${message}`).join('; ') } };
  const { by, basis, citation, rule } = form.fields;
  const usual = { ...walk.usual, ...defined({ by, basis, citation, rule }) };
  return { walk: { ...walk, usual, form: undefined, notice: 'Recording …' }, record: read.draft };
}

function defined(fields: Readonly<Partial<Record<FieldName, string | undefined>>>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

// ---- the picture --------------------------------------------------------------------------------

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** As many lines as there are rows, none wider than the columns. */
export function pictureOf(walk: Walk, { columns, rows, style }: Frame): string[] {
  const { events, at, telling, title, form, notice } = walk;
  const event = events[at];
  const place = events.length === 0 ? 'no happenings' : `${at + 1} of ${events.length}`;
  const room = Math.max(0, columns - widthOf(place) - 2);
  const head = [`${style.bold(fitted(title, room))}  ${place}`, ''];
  const foot = form === undefined ? footOf(columns, style) : formTold(form, walk, columns, style);
  const said = ['', ...(notice === undefined ? [''] : wrap(clean(notice), columns))];
  const body = event === undefined ? [] : eventTold(event, telling, columns, style);
  const space = Math.max(0, rows - head.length - foot.length - said.length);
  const shown = body.length > space ? [...body.slice(0, Math.max(0, space - 1)), style.dim('…')].slice(0, space) : body;
  const lines = [...head, ...shown, ...Array.from({ length: space - shown.length }, () => ''), ...said, ...foot];
  return lines.slice(0, Math.max(0, rows)).map((line) => (widthOf(line) > columns ? cut(line, columns) : line));
}

function footOf(columns: number, style: Style): string[] {
  return wrap('r request · a answer · f follow-up · m no longer open · x take back · n next · p previous · q quit', columns).map((line) => style.dim(line));
}

function eventTold(event: StoryEvent, telling: Telling, columns: number, style: Style): string[] {
  const marks = (event.annotations ?? []).flatMap((mark) => hanging(markTold(mark, telling), columns, '* '));
  return [
    ...wrap(peopleIn(event, telling), columns).map((line) => style.bold(line)),
    ...wrap(`${telling.words.when(event)}, ${kindOf(event)}`, columns).map((line) => style.dim(line)),
    ...textOf(event)
      .split('\n')
      .flatMap((line) => hanging(line, columns, '  ')),
    '',
    ...(marks.length === 0 ? [style.dim('Nothing is marked here.')] : marks.map((line) => style.open(line))),
  ];
}

/** What is recorded about a happening, in a line. */
export function markTold({ type, data }: PublishedAnnotation, telling: Telling): string {
  const { basis, rule, by, text, to, request, claim, reason } = data as Readonly<Record<string, string | undefined>>;
  const grounds = telling.grounds({ basis: basis ?? '', rule, saidBy: by });
  switch (type) {
    case 'RequestIdentified':
      return `Request to ${telling.name(to ?? '')}: ${cleanLine(text ?? '')} (${grounds})`;
    case 'AnswerIdentified':
      return `Answer to ${cleanLine(request ?? '')} (${grounds})`;
    case 'FollowUpIdentified':
      return `Followed ${cleanLine(request ?? '')} (${grounds})`;
    case 'RequestMooted':
      return `${cleanLine(request ?? '')} no longer open: ${cleanLine(reason ?? '')} (${grounds})`;
    case 'ClaimIdentified':
      return `Claim, not established: ${cleanLine(claim ?? '')} (that it was claimed is ${grounds})`;
    default:
      return `${cleanLine(type)} (${grounds})`;
  }
}

function formTold({ kind, fields, questions, typed }: Form, { usual }: Walk, columns: number, style: Style): string[] {
  const said = Object.entries(fields)
    .filter(([field, value]) => !['kind', 'event', 'at'].includes(field) && value !== '')
    .flatMap(([field, value]) => hanging(cleanLine(value), columns, `${field}: `, '  '));
  const head = style.bold(`New ${kind}`);
  const [question] = questions;
  if (question === undefined) return [head, ...said, style.bold('Enter records it, Escape drops it.')];
  const offered = usual[question.field as keyof Walk['usual']];
  const hint = offered !== undefined ? `Enter: ${cleanLine(offered)}` : question.optional === true ? 'Enter leaves it out' : '';
  const choices = (question.choices ?? []).flatMap(({ label }) => hanging(label, columns, '  ', '    '));
  const asked = `${question.label}${hint === '' ? '' : ` (${hint})`}:`;
  return [head, ...said, ...wrap(asked, columns), ...choices, ...(question.choices === undefined ? hanging(`${cleanLine(typed)}_`, columns, '> ') : [])];
}
