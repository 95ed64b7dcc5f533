/**
 * What every part of the page is given: the player, the words of the zone that is shown, who is who.
 */
import type { ReadonlySignal, Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Player } from './player/player.js';
import type { Words } from './words/times.js';

export interface Scene {
  readonly player: Player;
  readonly words: ReadonlySignal<Words>;
  /** The zone that is shown. */
  readonly zone: Signal<string>;
  readonly embedded: boolean;
}

export const SceneContext = createContext<Scene | undefined>(undefined);

export function useScene(): Scene {
  const scene = useContext(SceneContext);
  if (scene === undefined) throw new Error('This part of the page is drawn outside of a scene.');
  return scene;
}
