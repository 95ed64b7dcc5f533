/**
 * The stage: the feed of what has happened, newest at the bottom. It follows the clock until the reader scrolls away.
 * Invariants: what a reader looks at does not move under their eyes; the page holds a bounded number of articles.
 */
import { useSignalEffect } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useScene } from '../context.js';
import { isFiltered } from '../player/stage-feed.js';
import { count } from '../words/durations.js';
import { Article } from './article.js';
import { Icon } from './icons.js';
import { bandWords, Ongoing } from './silence.js';

/** So near to the bottom counts as there, in px. */
const NEAR = 48;
/** So near to the top earlier events are read. */
const NEAR_TOP = 300;

function useScroll() {
  const { player } = useScene();
  const { feed } = player;
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef<{ readonly id: string; readonly top: number } | undefined>(undefined);
  const last = useRef(0);

  const mark = () => {
    const box = scroller.current;
    if (box === null) return;
    const top = box.getBoundingClientRect().top;
    const first = [...box.querySelectorAll<HTMLElement>('article[data-id]')].find((article) => article.getBoundingClientRect().bottom > top);
    anchor.current = first === undefined ? undefined : { id: first.dataset.id ?? '', top: first.getBoundingClientRect().top - top };
  };

  const settle = () => {
    const box = scroller.current;
    if (box === null) return;
    if (feed.window.peek().shown.length === 0) box.scrollTop = 0;
    else if (feed.follows.peek()) box.scrollTop = box.scrollHeight;
    else if (anchor.current !== undefined) {
      const article = box.querySelector<HTMLElement>(`article[data-id="${CSS.escape(anchor.current.id)}"]`);
      if (article !== null) box.scrollTop += article.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.current.top;
    }
    last.current = box.scrollTop;
  };

  const onScroll = () => {
    const box = scroller.current;
    if (box === null) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (isAtEnd && feed.window.peek().newer === 0) {
      feed.follows.value = true;
      feed.unseen.value = 0;
    } else if (box.scrollTop < last.current - 2 || !isAtEnd) {
      if (box.scrollTop < last.current - 2) feed.follows.value = false;
      if (!feed.follows.peek()) mark();
    }
    if (box.scrollTop < NEAR_TOP && box.scrollTop < last.current && !feed.follows.peek()) void feed.readOlder();
    last.current = box.scrollTop;
  };

  // A stage that becomes larger or smaller shows the same place.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    // What comes into sight may be higher than it was taken for.
    const observer = new ResizeObserver(() => settle());
    observer.observe(box);
    for (const child of box.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);

  return { scroller, settle, mark, onScroll };
}

function move(event: KeyboardEvent, feed: HTMLElement): void {
  if (event.key !== 'PageDown' && event.key !== 'PageUp') return;
  const articles = [...feed.querySelectorAll('article')];
  const here = articles.indexOf((event.target as Element).closest('article') as HTMLElement);
  const next = here === -1 ? articles.at(-1) : articles[here + (event.key === 'PageDown' ? 1 : -1)];
  event.preventDefault();
  event.stopPropagation();
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function Feed() {
  const { player } = useScene();
  const { feed } = player;
  const { shown, older, newer, base } = feed.window.value;
  const setsize = older || newer > 0 ? -1 : shown.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a feed that scrolls is reached by keyboard, and moves on from there.
    <div id="feed" role="feed" tabIndex={0} aria-label="What happened" aria-busy={feed.busy.value} onKeyDown={(event) => move(event, event.currentTarget)}>
      {/* Each is drawn again only where something of it changed: its properties are compared one by one. */}
      {shown.map((one, i) => (
        <Article key={one.event.id} one={one} band={bandWords(player, shown[i - 1], one)} posinset={base + i + 1} setsize={setsize} />
      ))}
    </div>
  );
}

/** Before anything has happened: what this is, and how to read it. */
function Intro() {
  const { player } = useScene();
  const { description } = player.story;
  const filtered = isFiltered(player.filter.value);
  return (
    <div class="intro">
      {description !== undefined && (
        <p class="description" dir="auto">
          {description}
        </p>
      )}
      {filtered ? (
        <p class="empty">Nothing of what is shown has happened yet.</p>
      ) : (
        <>
          <p class="empty">Nothing has happened yet. Press Play, or step on event by event.</p>
          <ul class="how">
            <li>
              <Icon name="private" /> <b>Private</b> messages and acts have round or dashed frames.
            </li>
            <li>
              <Icon name="public" /> <b>Public</b> tweets and acts stand under a double rule.
            </li>
            <li>What was asked is listed apart, unanswered first, as of the moment that plays.</li>
          </ul>
        </>
      )}
    </div>
  );
}

export function Stage() {
  const { player } = useScene();
  const { feed } = player;
  const { scroller, settle, mark, onScroll } = useScroll();
  const { shown, older, newer } = feed.window.value;

  useLayoutEffect(settle);

  useSignalEffect(() => {
    const revealed = feed.revealed.value;
    const box = scroller.current;
    if (box === null) return;
    for (const one of box.querySelectorAll('[data-revealed]')) one.removeAttribute('data-revealed');
    if (revealed === undefined) return;
    requestAnimationFrame(() => {
      const article = box.querySelector<HTMLElement>(`article[data-id="${CSS.escape(revealed.id)}"]`);
      article?.setAttribute('data-revealed', '');
      article?.scrollIntoView({ block: 'center' });
      article?.focus({ preventScroll: true });
      mark();
    });
  });

  const away = newer > 0 || (feed.unseen.value > 0 && !feed.follows.value);
  return (
    <section class="stage" aria-labelledby="stage-title">
      <h2 id="stage-title" class="unseen">
        What happened
      </h2>
      <p class="lanes" aria-hidden="true">
        <span>
          <Icon name="private" /> Private
        </span>
        <span>
          <Icon name="public" /> Public
        </span>
      </p>
      <div class="scroll" ref={scroller} onScroll={onScroll}>
        <div>
          {older && (
            <p class="older">
              <button type="button" class="quiet" onClick={() => void feed.readOlder()}>
                Show earlier events
              </button>
            </p>
          )}
          {shown.length === 0 && !feed.busy.value && <Intro />}
          <Feed />
          <Ongoing />
        </div>
      </div>
      {away && (
        <button type="button" class="away" onClick={() => void feed.backToNow()}>
          {feed.unseen.value > 0 ? `${count(feed.unseen.value, 'new event')} · back to now` : 'Back to now'}
        </button>
      )}
    </section>
  );
}
