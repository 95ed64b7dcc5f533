/**
 * What is measured inside a page: a script that runs before any of the page's own. It presses, watches and tells the time there,
 * so that nothing of the way to the browser is measured with it.
 * Invariant: "painted" is the first task after the frame in which it was drawn. Unit: ms since the page was navigated to.
 */
import { HOOKS } from './page-hooks.js';

export interface Loaded {
  /** When `#play` was pressed; null where nothing is. */
  readonly pressed: number | null;
  readonly painted: number;
}
export interface Frames {
  /** Between one frame and the next. */
  readonly intervals: readonly number[];
  /** Share of the time in which the page said that its clock was held. */
  readonly held: number;
}
export interface Sought {
  /** From the press on the scrubber to the painted state. */
  readonly ms: number;
  readonly ids: readonly string[];
}

/** Script text: it is put into pages, which have no part in what is compiled here. */
export const PROBE = `(() => {
  const HOOKS = ${JSON.stringify(HOOKS)};
  const find = (selector) => document.querySelector(selector);
  const status = () => document.body?.getAttribute(HOOKS.status) ?? '';
  const ids = () => [...document.querySelectorAll(HOOKS.article)].map((article) => article.getAttribute(HOOKS.id));
  const afterPaint = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then(performance.now());
    port2.postMessage(0);
  });
  const watch = (check) => {
    const observer = new MutationObserver((records) => check(records) && observer.disconnect());
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    if (check([])) observer.disconnect();
  };
  const isReady = (button) => button !== null && !button.disabled && button.getAttribute('aria-disabled') !== 'true' && status() === 'paused';

  window.bench = {
    ids,
    status,
    /** Until something that was not there before is painted; with a press, until that has been answered so. */
    load: ({ painted, presses }) => new Promise((resolve) => {
      let pressed = null;
      let before = new Set();
      const isNew = (element) => !before.has(element.getAttribute(HOOKS.id) ?? element);
      watch(() => {
        if (presses && pressed === null) {
          const button = find(HOOKS.play);
          if (!isReady(button)) return false;
          before = new Set(ids());
          pressed = performance.now();
          button.click();
        }
        if (![...document.querySelectorAll(painted)].some(isNew)) return false;
        afterPaint((at) => resolve({ pressed, painted: at }));
        return true;
      });
    }),
    frames: (ms) => new Promise((resolve) => {
      const intervals = [];
      const begun = performance.now();
      let last = begun;
      let held = 0;
      const frame = (at) => {
        if (intervals.length > 0 || at > begun) intervals.push(at - last);
        if (status() === 'held') held += at - last;
        last = at;
        if (at - begun < ms) requestAnimationFrame(frame);
        else resolve({ intervals: intervals.slice(1), held: held / (at - begun) });
      };
      requestAnimationFrame(frame);
    }),
    /** Call it, then press on the scrubber; it settles when the feed holds what it has led to. */
    seek: () => new Promise((resolve) => {
      let pressedAt = null;
      let wasBusy = false;
      const before = ids().join();
      addEventListener('pointerdown', ({ timeStamp }) => { pressedAt = timeStamp; }, { capture: true, once: true });
      watch((records) => {
        if (pressedAt === null) return false;
        const feed = find(HOOKS.feed);
        wasBusy ||= records.some(({ target, attributeName, oldValue }) => target === feed && attributeName === 'aria-busy');
        if (feed.getAttribute('aria-busy') !== 'false' || (!wasBusy && ids().join() === before)) return false;
        afterPaint((at) => resolve({ ms: at - pressedAt, ids: ids() }));
        return true;
      });
    }),
    /** How long it takes to have so many events over HTTP. */
    fetched: async (path) => {
      const begun = performance.now();
      const { events } = await (await fetch(path)).json();
      return { ms: performance.now() - begun, events: events.length };
    },
  };
})();`;

/** What is waited for from the beginning: the first thing of this kind that is painted, after a press on play where one is needed. */
export interface Wanted {
  readonly painted: string;
  readonly presses: boolean;
}

/** The script for a page that is loaded to be measured; the promise of the measure is `benchLoad` there. */
export const loadProbe = (wanted: Wanted): string => `${PROBE}\nwindow.benchLoad = window.bench.load(${JSON.stringify(wanted)});`;
