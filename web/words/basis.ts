/**
 * How a thing is known, in words. Invariant: stated, claimed and inferred are never said in the same way.
 */
export interface Known {
  readonly basis: string;
  readonly rule?: string;
  readonly saidBy?: string;
}

const RULES: Readonly<Record<string, string>> = {
  'in-reply-to': 'it replies to that message',
  'next-message-within': 'it is the next message back',
};

export const ruleWords = (rule: string | undefined) => (rule === undefined ? 'a rule' : (RULES[rule] ?? `the rule “${rule}”`));

/** "stated by The Atlantic", "claimed by Alan Futerfas", "inferred by a rule: …". */
export function basisWords({ basis, rule, saidBy }: Known, name: (id: string) => string): string {
  if (basis === 'inferred') return rule === undefined ? 'inferred by a rule' : `inferred by rule: ${ruleWords(rule)}`;
  return saidBy === undefined ? basis : `${basis} by ${name(saidBy)}`;
}
