/**
 * The founding story: a correspondence of ten months, told by one article, as drafts in the order a reader would record them.
 * Invariant: the description first, then the happenings, then what is said about them; every id is unique and readable.
 */
import { aftermath } from './aftermath.js';
import { afterElection, unplaced } from './after-election.js';
import { answers, followUps, mooted } from './annotations.js';
import { campaign } from './campaign.js';
import { claims } from './claims.js';
import { described } from './described.js';
import type { Draft } from './draft.js';
import { laterMessages } from './later-messages.js';
import { messages } from './messages.js';
import { requests } from './requests.js';

export type { Draft } from './draft.js';

export interface BuiltInStory {
  readonly id: string;
  readonly drafts: readonly Draft[];
}

export const wikileaksTrumpJr: BuiltInStory = {
  id: 'wikileaks-trump-jr',
  drafts: [
    described,
    ...messages,
    ...laterMessages,
    ...campaign,
    ...afterElection,
    ...unplaced,
    ...aftermath,
    ...requests,
    ...answers,
    ...followUps,
    ...mooted,
    ...claims,
  ],
};
