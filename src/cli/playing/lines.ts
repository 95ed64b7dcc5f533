/**
 * A replay as lines, for whatever reads them: one line a happening, in words or as JSON.
 * Invariant: as much is taken as is written.
 */
import type { Replay, ReplayItem } from '../../sdk/index.js';
import { kindOf, peopleIn, type Telling, textOf } from '../telling.js';
import { cleanLine } from '../terminal/clean.js';

export interface Writer {
  readonly isJson: boolean;
  print(line: string): Promise<void>;
  printJson(value: unknown): Promise<void>;
}

/** Resolves at the end of the replay. Rejects with what else ended it. */
export async function playInLines(replay: Replay, telling: Telling, { isJson, print, printJson }: Writer): Promise<void> {
  for await (const item of replay) {
    if (isJson) await printJson(item);
    else {
      const line = lineOf(item, telling);
      if (line !== undefined) await print(line);
    }
  }
}

/** Pure. Undefined where there is nothing to say. */
export function lineOf(item: ReplayItem, telling: Telling): string | undefined {
  switch (item.kind) {
    case 'event': {
      const { event, late } = item;
      return `${telling.words.when(event)}: ${peopleIn(event, telling)} (${kindOf(event)}${late ? ', recorded late' : ''}): ${cleanLine(textOf(event))}`;
    }
    case 'changed':
      return item.event === null
        ? `Taken back: ${cleanLine(item.id)}`
        : `Corrected: ${telling.words.when(item.event)}: ${peopleIn(item.event, telling)}: ${cleanLine(textOf(item.event))}`;
    case 'lagging':
      return `${item.skipped.toLocaleString('en')} happenings were skipped: they were not read fast enough.`;
    default:
      return undefined;
  }
}
