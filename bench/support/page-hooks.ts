/**
 * What a bench knows of the page: by these hooks it is driven and read, and by nothing else of it.
 * Invariant: another page with the same hooks can be measured the same way.
 */
export const HOOKS = {
  /** On the body: playing, paused, held, ended, live, connecting or lost. */
  status: 'data-status',
  play: '#play',
  /** role=slider; a press on it seeks to where it was pressed. */
  scrubber: '#scrubber',
  /** aria-busy is false once it holds the state of the clock. */
  feed: '#feed',
  /** One event on the stage; the attribute holds its id. */
  article: '#feed article[data-id]',
  id: 'data-id',
} as const;

/** Where a story is opened: at a moment, at a rate in story seconds a second. It stands until it is played. */
export function addressOf(port: number, story: string, opened?: { readonly at: string; readonly rate: number }): string {
  const place = opened === undefined ? '' : `#t=${encodeURIComponent(opened.at)}&rate=${opened.rate}`;
  return `http://127.0.0.1:${port}/?story=${encodeURIComponent(story)}${place}`;
}
