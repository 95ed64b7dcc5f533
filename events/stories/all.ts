/**
 * The built-in stories: a story is there exactly when it is listed here.
 */
import { wikileaksTrumpJr } from './wikileaks-trump-jr/index.js';

/** A story as data: its id and the drafts of its events, in the order in which they are recorded. */
export interface BuiltInStory {
  readonly id: string;
  readonly drafts: readonly unknown[];
}

export const stories: readonly BuiltInStory[] = [wikileaksTrumpJr];
