/**
 * Keys of the player, as people know them from other players. They are heard where the player has the focus and nowhere else.
 * Invariant: what a field, a list or a button takes for itself is left to it.
 */
export interface Keyed {
  toggle(): void;
  /** Seconds of the watcher's time. */
  jump(seconds: number): void;
  step(count: number, unit: 'event' | 'chapter'): void;
  scaleRate(factor: number): void;
  percent(tenths: number): void;
  fullScreen(): void;
  help(): void;
}

/** For the help, in the order in which they are told. */
export const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['space', 'k'], 'play or pause'],
  [['←', '→'], 'five seconds of your time back or on'],
  [['j', 'l'], 'ten seconds back or on'],
  [[',', '.'], 'one event back or on'],
  [['[', ']'], 'previous or next chapter'],
  [['<', '>'], 'half or twice as fast'],
  [['0', '…', '9'], 'to the beginning, to 10, … 90 percent of the story'],
  [['f'], 'full screen'],
  [['?'], 'this help'],
  [['PageUp', 'PageDown'], 'on the stage: previous or next event'],
];

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** What has the focus: how it matches selectors. */
  matches(selectors: string): boolean;
}

/** What a key does; undefined where it is none of the player's. */
export function actionOf(pressed: Pressed, keyed: Keyed): (() => void) | undefined {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return undefined;
  if (pressed.matches('select, textarea, input:not([type=checkbox])')) return undefined;
  const { key } = pressed;
  if (/^[0-9]$/.test(key)) return () => keyed.percent(Number(key));
  switch (key) {
    case ' ':
      return pressed.matches('button, summary, a, input') ? undefined : () => keyed.toggle();
    case 'k':
      return () => keyed.toggle();
    case 'ArrowLeft':
      return () => keyed.jump(-5);
    case 'ArrowRight':
      return () => keyed.jump(5);
    case 'j':
      return () => keyed.jump(-10);
    case 'l':
      return () => keyed.jump(10);
    case ',':
      return () => keyed.step(-1, 'event');
    case '.':
      return () => keyed.step(1, 'event');
    case '[':
      return () => keyed.step(-1, 'chapter');
    case ']':
      return () => keyed.step(1, 'chapter');
    case '<':
      return () => keyed.scaleRate(0.5);
    case '>':
      return () => keyed.scaleRate(2);
    case 'f':
      return () => keyed.fullScreen();
    case '?':
      return () => keyed.help();
    default:
      return undefined;
  }
}
