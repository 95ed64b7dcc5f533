/**
 * Regular expressions that come from outside. They are matched here, by following all ways through the pattern at once,
 * instead of by the engine of the language, which can be made to try ways without end.
 * Invariant: matching takes time in proportion to the length of the text, whatever the pattern; what cannot be matched so
 * (back references, looking around, flags) or is not understood is refused, never guessed at.
 * Taken: characters, `.` (all but a line feed), `[…]` and `[^…]`, `\d \w \s` and their opposites (of ASCII), `\t \n \r \f \v
 * \xHH \uHHHH`, `\` before punctuation, `^`, `$`, `(…)`, `(?:…)`, `|`, and `* + ? {n} {n,} {n,m}`, each also with `?`.
 * Unit: a UTF-16 code unit; a pattern matches where it is found anywhere in the text, as EventStoreDB has it.
 */
import { badRequest } from './errors.js';

export const LONGEST_PATTERN = 1_000;
/** Steps a pattern may have once its repetitions are written out. */
const MOST_STEPS = 2_000;
const HIGHEST = 0xffff;

/** Code units from and to, both included. */
type Range = readonly [number, number];

type Node =
  | { readonly is: 'one'; readonly of: readonly Range[] }
  | { readonly is: 'start' | 'end' }
  | { readonly is: 'each'; readonly nodes: readonly Node[] }
  | { readonly is: 'either'; readonly nodes: readonly Node[] }
  | { readonly is: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

type Step =
  | { readonly do: 'one'; readonly of: readonly Range[] }
  | { readonly do: 'start' | 'end' | 'found' }
  /** Goes on at both. */
  | { readonly do: 'fork'; a: number; b: number };

const DIGIT: readonly Range[] = [[48, 57]];
const WORD: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: readonly Range[] = [
  [9, 13],
  [32, 32],
];
const NOT_LINE_FEED = others([[10, 10]]);
const CLASSES: Readonly<Record<string, readonly Range[]>> = { d: DIGIT, w: WORD, s: SPACE, D: others(DIGIT), W: others(WORD), S: others(SPACE) };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Tells whether a text holds what the pattern says. Throws Refused for a pattern that is not taken. */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > LONGEST_PATTERN) throw badRequest(`A regular expression has at most ${LONGEST_PATTERN} characters.`);
  const steps: Step[] = [];
  emit(parse(pattern), steps);
  add(steps, { do: 'found' });
  return createSearch(steps);
}

function createSearch(steps: readonly Step[]): (text: string) => boolean {
  /** The place at which a step was last reached, counted on through all texts so that nothing has to be wiped. */
  const reached = new Float64Array(steps.length);
  let before = 1;
  const ways: number[] = [];

  return (text) => {
    let now: number[] = [];
    let next: number[] = [];
    let found = false;

    /** Takes up a step, and what follows from it without a character. */
    const reach = (first: number, at: number, into: number[]): void => {
      ways.push(first);
      for (let i = ways.pop(); i !== undefined; i = ways.pop()) {
        if (reached[i] === before + at) continue;
        reached[i] = before + at;
        const step = steps[i] as Step;
        if (step.do === 'one') into.push(i);
        else if (step.do === 'found') found = true;
        else if (step.do === 'fork') ways.push(step.b, step.a);
        else if (step.do === 'start' ? at === 0 : at === text.length) ways.push(i + 1);
      }
    };

    let at = 0;
    for (; !found; at++) {
      reach(0, at, now);
      if (at === text.length) break;
      const sign = text.charCodeAt(at);
      for (const i of now) {
        if (holds((steps[i] as Extract<Step, { do: 'one' }>).of, sign)) reach(i + 1, at + 1, next);
      }
      [now, next] = [next, now];
      next.length = 0;
    }
    before += text.length + 1;
    return found;
  };
}

/** Ranges are in order, and apart. */
function holds(ranges: readonly Range[], sign: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const [from, to] = ranges[middle] as Range;
    if (sign < from) high = middle - 1;
    else if (sign > to) low = middle + 1;
    else return true;
  }
  return false;
}

function add(steps: Step[], step: Step): void {
  if (steps.length >= MOST_STEPS) throw badRequest('The regular expression is too large once its repetitions are written out.');
  steps.push(step);
}

function emit(node: Node, steps: Step[]): void {
  switch (node.is) {
    case 'one':
      add(steps, { do: 'one', of: node.of });
      return;
    case 'start':
    case 'end':
      add(steps, { do: node.is });
      return;
    case 'each':
      for (const one of node.nodes) emit(one, steps);
      return;
    case 'either':
      emitEither(node.nodes, steps);
      return;
    case 'repeat':
      emitRepeat(node.node, node.least, node.most, steps);
      return;
  }
}

function emitEither(nodes: readonly Node[], steps: Step[]): void {
  const ends: { a: number; b: number }[] = [];
  for (const [i, node] of nodes.entries()) {
    if (i === nodes.length - 1) {
      emit(node, steps);
      break;
    }
    const fork = { do: 'fork' as const, a: steps.length + 1, b: 0 };
    add(steps, fork);
    emit(node, steps);
    const end = { do: 'fork' as const, a: 0, b: 0 };
    add(steps, end);
    ends.push(end);
    fork.b = steps.length;
  }
  for (const end of ends) end.a = end.b = steps.length;
}

function emitRepeat(node: Node, least: number, most: number, steps: Step[]): void {
  for (let i = 0; i < least; i++) emit(node, steps);
  if (most === Infinity) {
    const fork = { do: 'fork' as const, a: steps.length + 1, b: 0 };
    const back = steps.length;
    add(steps, fork);
    emit(node, steps);
    add(steps, { do: 'fork', a: back, b: back });
    fork.b = steps.length;
    return;
  }
  const forks: { b: number }[] = [];
  for (let i = least; i < most; i++) {
    const fork = { do: 'fork' as const, a: steps.length + 1, b: 0 };
    add(steps, fork);
    forks.push(fork);
    emit(node, steps);
  }
  for (const fork of forks) fork.b = steps.length;
}

function parse(pattern: string): Node {
  let at = 0;
  const refuse = (why: string): Error => badRequest(`The regular expression is not taken: ${why} at ${at}.`);
  const take = (text: string): boolean => {
    if (!pattern.startsWith(text, at)) return false;
    at += text.length;
    return true;
  };

  const either = (): Node => {
    const nodes = [each()];
    while (take('|')) nodes.push(each());
    return nodes.length === 1 ? (nodes[0] as Node) : { is: 'either', nodes };
  };

  const each = (): Node => {
    const nodes: Node[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') nodes.push(repeated(atom()));
    return { is: 'each', nodes };
  };

  const repeated = (node: Node): Node => {
    const counted = /\{(\d{1,4})(,(\d{1,4})?)?\}/y;
    counted.lastIndex = at;
    let [least, most] = [1, 1];
    const match = counted.exec(pattern);
    if (match !== null) {
      at += match[0].length;
      least = Number(match[1]);
      most = match[2] === undefined ? least : match[3] === undefined ? Infinity : Number(match[3]);
      if (most < least) throw refuse('a count that ends before it begins');
    } else if (take('*')) [least, most] = [0, Infinity];
    else if (take('+')) [least, most] = [1, Infinity];
    else if (take('?')) [least, most] = [0, 1];
    else return node;
    take('?');
    if (node.is === 'start' || node.is === 'end') throw refuse('nothing to repeat');
    return { is: 'repeat', node, least, most };
  };

  const atom = (): Node => {
    if (take('^')) return { is: 'start' };
    if (take('$')) return { is: 'end' };
    if (take('.')) return { is: 'one', of: NOT_LINE_FEED };
    if (take('(')) {
      if (!take('?:') && pattern[at] === '?') throw refuse('a group of that kind');
      const node = either();
      if (!take(')')) throw refuse('a group that does not end');
      return node;
    }
    if (take('[')) return { is: 'one', of: list() };
    if (take('\\')) return { is: 'one', of: escaped() };
    const sign = pattern[at] as string;
    if ('*+?{'.includes(sign)) throw refuse('nothing to repeat');
    at++;
    return { is: 'one', of: unit(sign) };
  };

  const escaped = (): readonly Range[] => {
    const sign = pattern[at] ?? '';
    at++;
    if (Object.hasOwn(CLASSES, sign)) return CLASSES[sign] as readonly Range[];
    if (Object.hasOwn(CONTROLS, sign)) return [[CONTROLS[sign] as number, CONTROLS[sign] as number]];
    if (sign === 'x' || sign === 'u') {
      const digits = pattern.slice(at, at + (sign === 'x' ? 2 : 4));
      if (!(sign === 'x' ? /^[0-9a-f]{2}$/i : /^[0-9a-f]{4}$/i).test(digits)) throw refuse('a code that is not whole');
      at += digits.length;
      return [[Number.parseInt(digits, 16), Number.parseInt(digits, 16)]];
    }
    if (sign === '' || /[a-z0-9_]/i.test(sign)) throw refuse(`"\\${sign}"`);
    return unit(sign);
  };

  const list = (): readonly Range[] => {
    const negated = take('^');
    const ranges: Range[] = [];
    while (!take(']')) {
      if (at >= pattern.length) throw refuse('a list that does not end');
      const from = listed();
      if (pattern[at] !== '-' || pattern[at + 1] === ']') {
        ranges.push(...from);
        continue;
      }
      at++;
      if (pattern[at] === '[') throw refuse('a list taken from a list');
      const to = listed();
      const [low, high] = [single(from), single(to)];
      if (low === undefined || high === undefined || high < low) throw refuse('a range that is none');
      ranges.push([low, high]);
    }
    if (ranges.length === 0) throw refuse('an empty list');
    return negated ? others(ranges) : joined(ranges);
  };

  const listed = (): readonly Range[] => {
    if (at >= pattern.length) throw refuse('a list that does not end');
    if (take('\\')) return escaped();
    return unit(pattern[at++] as string);
  };

  const node = either();
  if (at < pattern.length) throw refuse('a ")" without its "("');
  return node;
}

const unit = (sign: string): readonly Range[] => [[sign.charCodeAt(0), sign.charCodeAt(0)]];

function single([first, ...more]: readonly Range[]): number | undefined {
  return first !== undefined && more.length === 0 && first[0] === first[1] ? first[0] : undefined;
}

/** The same units in few ranges, in order. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** All units but these. */
function others(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  let from = 0;
  for (const [low, high] of joined(ranges)) {
    if (low > from) result.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= HIGHEST) result.push([from, HIGHEST]);
  return result;
}
