/**
 * What a key of the player does: the same keys as on the page. Pure.
 * Unit: ms of presentation time.
 */
import type { Key } from '../terminal/keys.js';

export type Control =
  | { readonly do: 'toggle' | 'quit' | 'help' }
  | { readonly do: 'move'; readonly byMs: number }
  | { readonly do: 'share'; readonly of: number }
  | { readonly do: 'step'; readonly unit: 'event' | 'chapter'; readonly count: 1 | -1 }
  | { readonly do: 'pace'; readonly times: number };

const CONTROLS: Readonly<Record<Key, Control>> = {
  space: { do: 'toggle' },
  k: { do: 'toggle' },
  j: { do: 'move', byMs: -10_000 },
  l: { do: 'move', byMs: 10_000 },
  left: { do: 'move', byMs: -5_000 },
  right: { do: 'move', byMs: 5_000 },
  ',': { do: 'step', unit: 'event', count: -1 },
  '.': { do: 'step', unit: 'event', count: 1 },
  '[': { do: 'step', unit: 'chapter', count: -1 },
  ']': { do: 'step', unit: 'chapter', count: 1 },
  '<': { do: 'pace', times: 0.5 },
  '>': { do: 'pace', times: 2 },
  q: { do: 'quit' },
  'ctrl-c': { do: 'quit' },
  'ctrl-d': { do: 'quit' },
  '?': { do: 'help' },
};

export function controlOf(key: Key): Control | undefined {
  if (/^[0-9]$/.test(key)) return { do: 'share', of: Number(key) / 10 };
  return Object.hasOwn(CONTROLS, key) ? CONTROLS[key] : undefined;
}
