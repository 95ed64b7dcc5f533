/**
 * Regular expressions that come from outside. Most are matched by RE2, which takes time in proportion to the text whatever
 * the pattern. What it does not have (looking around, back references, atomic groups) is matched by the engine of the
 * language, which can be made to try ways without end, and is therefore stopped after a while.
 * Invariant: no pattern holds the thread up for longer than the bounds below; one that would is refused, never guessed at.
 * Unit: one pattern; it matches where it is found anywhere in the text, as EventStoreDB has it.
 */
import { createContext, Script } from 'node:vm';
import { RE2JS } from 're2js';
import { refused } from './errors.js';

export const LONGEST_PATTERN = 1_000;
/** For one text, and for all texts of a pattern together that took their time. */
const LONGEST_MS = 250;
const LONGEST_IN_ALL_MS = 1_000;
const SLOW_MS = 10;
/** Answers that are remembered: the names of streams and types come again and again. */
const MOST_REMEMBERED = 10_000;
/** Longer texts are not remembered. */
const LONGEST_REMEMBERED = 500;

type Matches = (text: string) => boolean;

/** Tells whether a text holds what the pattern says. Throws Refused for a pattern that is none; what is made may throw it too. */
export function compilePattern(pattern: string): Matches {
  if (pattern.length > LONGEST_PATTERN) throw refused(`A regular expression has at most ${LONGEST_PATTERN} characters.`);
  return linear(pattern) ?? remembering(bounded(pattern));
}

function linear(pattern: string): Matches | undefined {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.test(text);
  } catch {
    return undefined;
  }
}

function bounded(pattern: string): Matches {
  const context = createContext({ expression: nativeOf(pattern), text: '' });
  const script = new Script('expression.test(text)');
  let slow = 0;
  return (text) => {
    const before = performance.now();
    context.text = text;
    try {
      return script.runInContext(context, { timeout: LONGEST_MS }) as boolean;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      slow = Infinity;
      return false;
    } finally {
      const took = performance.now() - before;
      if (took > SLOW_MS) slow += took;
      if (slow > LONGEST_IN_ALL_MS) throwSlow(pattern);
    }
  };
}

function throwSlow(pattern: string): never {
  throw refused(`The regular expression takes too long: ${pattern.slice(0, 100)}. One without look-around, back references and atomic groups never does.`);
}

function remembering(matches: Matches): Matches {
  const known = new Map<string, boolean>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const answer = matches(text);
    if (text.length > LONGEST_REMEMBERED) return answer;
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(text, answer);
    return answer;
  };
}

/** The pattern as the language has it. Throws Refused. */
function nativeOf(pattern: string): RegExp {
  const flags = /^\(\?([im-s]*)\)/.exec(pattern);
  const body = withoutAtoms(flags === null ? pattern : pattern.slice(flags[0].length));
  const given = [...(flags?.[1] ?? '')].filter((flag) => 'ims'.includes(flag)).join('');
  let fault: unknown;
  // The second knows no classes of Unicode, and takes signs that are escaped without need.
  for (const kind of /\\[pPu]/.test(body) ? ['u'] : ['u', '']) {
    try {
      return new RegExp(body, given + kind);
    } catch (error) {
      fault = error;
    }
  }
  throw refused(`The regular expression is not taken: ${fault instanceof Error ? fault.message : fault}`);
}

/** An atomic group is what was found ahead, and then the same again. */
function withoutAtoms(pattern: string): string {
  let atoms = 0;
  let result = '';
  /** Of each group that is open, how it ends. */
  const ends: string[] = [];
  let isClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const sign = pattern[i] as string;
    if (sign === '\\') result += sign + (pattern[++i] ?? '');
    else if (isClass || (sign !== '(' && sign !== ')')) {
      isClass = sign === '[' || (isClass && sign !== ']');
      result += sign;
    } else if (sign === ')') result += ends.pop() ?? ')';
    else if (pattern.startsWith('(?>', i)) {
      const name = `atom${atoms++}`;
      result += `(?=(?<${name}>`;
      ends.push(`))\\k<${name}>`);
      i += 2;
    } else {
      ends.push(')');
      result += sign;
    }
  }
  if (atoms > 0 && /\\[1-9]/.test(pattern)) throw refused('A regular expression has either atomic groups or back references by number.');
  return result;
}
