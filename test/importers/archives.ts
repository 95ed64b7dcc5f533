/**
 * One archive of each format, with what an import of it comes to, for the tests that take one all the way.
 */
import { fixture } from './read-archive.js';

export const PEOPLE = ['--people', fixture('people.json')];

export interface Archive {
  readonly path: string;
  /** What the command line is told of it. */
  readonly args: readonly string[];
  readonly happenings: number;
  /** What the report says was added, the description included. */
  readonly added: number;
  /** A message of Ann's in which something is asked of Bob. */
  readonly asked: RegExp;
  /** By an explicit reply: the answer. Else at most a possible one. */
  readonly answer: RegExp | undefined;
}

export const ARCHIVES: Readonly<Record<string, Archive>> = {
  mail: { path: 'mail', args: [], happenings: 8, added: 9, asked: /Can you send/, answer: /^mail:m2@/ },
  csv: {
    path: 'table.csv',
    args: ['--tz', 'Europe/Berlin', '--map', 'id=No,at=When,from=Sender,to=Recipients,text=Message,inReplyTo=Answer to'],
    happenings: 7,
    added: 8,
    asked: /Can you send/,
    answer: undefined,
  },
  whatsapp: { path: 'whatsapp', args: ['--tz', 'Europe/Berlin'], happenings: 11, added: 12, asked: /Can you send/, answer: undefined },
  'x-archive': { path: 'x', args: [], happenings: 12, added: 13, asked: /Can you send/, answer: undefined },
};
