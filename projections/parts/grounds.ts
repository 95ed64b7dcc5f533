/**
 * Grounds: how something that is said of a request is known, and who says so.
 * Invariant: a row names either who said it or the rule that it follows from.
 */
import Type from 'typebox';
import { Basis } from '../../events/envelope.js';

/** The fields of a row's schema. */
export const grounds = {
  basis: Basis,
  rule: Type.Optional(Type.String({ description: 'The rule that it follows from; only where the basis is inferred.' })),
  saidBy: Type.Optional(
    Type.String({ description: 'Who says so: a participant, or the name of an author, an editor or a program. Left out where it is inferred.' }),
  ),
};

/** The fields of a claim's row. */
export const claimGrounds = {
  claim: Type.String({ description: 'What was claimed: that it was said, not that it is so.' }),
  ...grounds,
  basis: Type.Enum(['stated', 'claimed', 'inferred'], {
    description: 'How it is known that it was claimed. Where that is stated, what the claim says is not: it is no more than claimed.',
  }),
};

export interface Grounds {
  readonly basis: Basis;
  readonly rule?: string;
  readonly saidBy?: string;
}

/** The grounds of what an annotation says, or of what follows by a rule that nobody had to write down. */
export function groundsOf({ basis, rule, by }: { readonly basis: Basis; readonly rule?: string; readonly by?: string }): Grounds {
  return {
    basis,
    ...(rule === undefined || basis !== 'inferred' ? {} : { rule }),
    ...(by === undefined || basis === 'inferred' ? {} : { saidBy: by }),
  };
}
