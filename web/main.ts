/**
 * The page: opens a replay, plays it on the stage and in the ledger, and hands what a person does to the server.
 * Invariants: nothing starts by itself; the server alone decides what has happened; the clock here only draws between
 * two `clock` frames.
 */
import type { PublishedEvent } from '../events/published.js';
import { parseInstant } from '../events/story-time.js';
import type { ClientMessage, FrameOf, ServerFrame } from '../src/protocol.js';
import { openReplay, type Replay } from './connection.js';
import { byId, el, say } from './dom.js';
import { type Cast, createFeed, MOST_SHOWN } from './feed.js';
import { createLedger } from './ledger.js';
import { duration, wordsIn } from './words.js';

interface Summary {
  id: string;
  title: string;
  description?: string;
  timeZone?: string;
  from: string | null;
  to: string | null;
}
interface Story extends Summary {
  participants: { id: string; name: string }[];
  sources: { id: string; title: string; url?: string; note?: string }[];
  doubts: string[];
}

/** Of a long story no more than so many pages of 1,000 events are read to fill the stage. */
const MOST_PAGES = 20;
/** A dragged scrubber seeks no more often than this. */
const SEEK_EVERY_MS = 100;
/** Marks the seek with which a replay that is opened in the middle begins. */
const OPENING = 'opening';

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  const body = (await answer.json()) as T & { detail?: string; title?: string };
  if (!answer.ok) throw new Error(body.detail ?? body.title ?? `The server answered ${answer.status}.`);
  return body;
}

function castOf({ participants, sources, timeZone = 'UTC' }: Story): Cast {
  const names = new Map(participants.map(({ id, name }) => [id, name]));
  let words: Cast['words'];
  try {
    words = wordsIn(timeZone);
  } catch {
    words = wordsIn('UTC');
  }
  return { words, name: (id) => names.get(id) ?? id, source: (id) => sources.find((source) => source.id === id) };
}

function introduce(story: Story, stories: readonly Summary[], { words }: Cast): void {
  const when = (time: string | null) => (time === null ? 'an unknown time' : words.date(Date.parse(time)));
  document.title = `${story.title} · Hindcast`;
  say(byId('title'), story.title);
  say(byId('span'), `${when(story.from)} to ${when(story.to)}`);
  say(byId('description'), story.description ?? '');
  byId('sources').replaceChildren(...story.sources.map(({ title, note }) => el('li', {}, el('cite', {}, title), note === undefined ? '' : ` ${note}`)));
  byId('doubts').replaceChildren(...story.doubts.map((doubt) => el('li', {}, doubt)));
  byId('about').hidden = false;
  byId('stories').hidden = stories.length < 2;
  byId('story-list').replaceChildren(
    ...stories.map(({ id, title }) =>
      el('li', {}, el('a', { href: `?story=${encodeURIComponent(id)}`, ...(id === story.id ? { 'aria-current': 'page' } : {}) }, title)),
    ),
  );
}

function play(story: Story, cast: Cast): void {
  const { words } = cast;
  const scrubber = byId<HTMLInputElement>('scrubber');
  const pace = byId<HTMLSelectElement>('pace');
  const stage = byId('feed');
  const feed = createFeed(stage, byId('counter'), cast);
  const ledger = createLedger({
    cast,
    show: (event) => feed.show(event) || say(byId('line'), 'That event is not on the page.'),
    resubscribe: () => send({ type: 'subscribe', projection: 'unanswered-requests' }),
  });

  let replay: Replay;
  let span = { from: Date.parse(story.from ?? ''), to: Date.parse(story.to ?? '') };
  let clock: FrameOf<'clock'> | undefined;
  let silence: { from: number; to: number; words: string; rate: number } | undefined;
  let connection = '';
  /** True while the clock is drawn frame by frame. */
  let ticking = false;
  let opening: { at: number | null; play: boolean } | undefined;
  let fills = 0;
  /** What came while the stage was being filled, to be done after it. */
  let waiting: (() => void)[] | undefined;
  /** The seek that is under way: until it is answered, the page shows where it goes. */
  let sought: { id: number; at: number } | undefined;
  let seeks = 0;

  const send = (message: ClientMessage) => replay.send(message);
  const moves = () => clock?.status === 'playing' || clock?.status === 'held';

  function now(): number {
    if (sought !== undefined) return sought.at;
    if (clock === undefined) return span.from;
    const at = Date.parse(clock.at);
    return clock.rate === 0 ? at : Math.min(at + Math.max(0, replay.serverNow() - clock.wall) * clock.rate, span.to);
  }

  // ---- what is drawn --------------------------------------------------------------------------

  function draw(): void {
    const at = now();
    if (silence !== undefined && (at < silence.from || at >= silence.to)) silence = undefined;
    say(byId('clock-date'), words.weekday(at));
    say(byId('clock-time'), words.clock(at));
    scrubber.value = String(at);
    const text = `${words.date(at)}, ${words.clock(at)}`;
    if (scrubber.ariaValueText !== text) scrubber.ariaValueText = text;
    scrubber.style.setProperty('--done', `${((at - span.from) / Math.max(1, span.to - span.from)) * 100}%`);
    say(
      byId('line'),
      connection ||
        silence?.words ||
        (clock?.status === 'ended' ? 'The story ends here.' : clock?.status === 'held' ? 'Held until this page has caught up.' : ''),
    );
    ledger.tick(at);
  }

  function drawOn(): void {
    draw();
    ticking = clock !== undefined && clock.rate !== 0;
    if (ticking) requestAnimationFrame(drawOn);
  }

  function writeHash(): void {
    if (clock === undefined || moves() || opening !== undefined) return;
    const hash = feed.size() === 0 ? '' : `#t=${clock.at}`;
    if (location.hash !== hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  }

  // ---- what the server says -------------------------------------------------------------------

  async function list(query: Record<string, string>): Promise<{ events: PublishedEvent[]; older: boolean }> {
    let events: PublishedEvent[] = [];
    let older = false;
    for (let page = 0, next: string | null = query.after ?? null; page < MOST_PAGES; page++) {
      const asked = new URLSearchParams({ ...query, limit: '1000', ...(next === null ? {} : { after: next }) });
      const answer: { events: PublishedEvent[]; next: string | null } = await get(`stories/${encodeURIComponent(story.id)}/events?${asked}`);
      events = [...events, ...answer.events];
      older ||= events.length > MOST_SHOWN;
      events = events.slice(-MOST_SHOWN);
      next = answer.next;
      if (next === null) return { events, older };
    }
    return { events: [], older: true };
  }

  /** After a seek the stage holds what has happened up to the clock. Of several events at its instant, those after its place are left out. */
  async function fill({ at, cursor }: FrameOf<'clock'>): Promise<void> {
    const mine = ++fills;
    waiting = [];
    stage.ariaBusy = 'true';
    try {
      const [done, ahead] = await Promise.all([list({ to: at }), list({ to: at, after: cursor })]);
      const ids = new Set(ahead.events.map((event) => event.id));
      if (mine === fills)
        feed.fill(
          done.events.filter((event) => !ids.has(event.id)),
          done.older,
        );
    } catch (error) {
      if (mine === fills) connection = `What has happened so far could not be read. ${error instanceof Error ? error.message : ''}`;
    }
    if (mine !== fills) return;
    for (const then of waiting) then();
    waiting = undefined;
    stage.ariaBusy = 'false';
    writeHash();
    draw();
  }

  const staged = (then: () => void) => (waiting === undefined ? then() : void waiting.push(then));

  function heardClock(frame: FrameOf<'clock'>): void {
    clock = frame;
    if (frame.requestId === sought?.id) sought = undefined;
    if (frame.didSeek) {
      silence = undefined;
      if (sought === undefined) void fill(frame);
    }
    const playing = moves();
    document.body.classList.toggle('playing', playing);
    say(byId('play-word'), playing ? 'Pause' : 'Play');
    for (const id of ['play', 'restart', 'back', 'forward', 'scrubber']) (byId(id) as HTMLButtonElement | HTMLInputElement).disabled = false;
    writeHash();
    if (ticking) draw();
    else drawOn();
  }

  function heard(frame: ServerFrame): void {
    if (frame.type === 'hello') {
      ledger.forget();
      span = { from: Date.parse(frame.from), to: Date.parse(frame.to) };
      scrubber.min = String(span.from);
      scrubber.max = String(span.to);
      if (opening !== undefined && opening.at !== null) send({ type: 'seek', at: new Date(opening.at).toISOString(), requestId: OPENING });
      else if (sought !== undefined) send({ type: 'seek', at: new Date(sought.at).toISOString(), requestId: sought.id });
      return;
    }
    if (frame.type === 'error') {
      connection = frame.message;
      opening = sought = undefined;
      return draw();
    }
    if (opening !== undefined) {
      // Opened in the middle: the beginning is passed over.
      if (frame.type !== 'clock' || (opening.at !== null && frame.requestId !== OPENING)) return;
      const then = opening;
      opening = undefined;
      if (then.play) send({ type: 'play' });
    }
    switch (frame.type) {
      case 'clock':
        return heardClock(frame);
      case 'event':
        span.to = Math.max(span.to, Date.parse(frame.at));
        return staged(() => feed.add(frame.event, frame.late === true));
      case 'changed':
        return staged(() => feed.change(frame.id, frame.event));
      case 'projection':
        if (frame.name === 'unanswered-requests') ledger.take(frame);
        return ledger.tick(now());
      case 'silence':
        silence = {
          from: Date.parse(frame.from),
          to: Date.parse(frame.to),
          rate: frame.storyMs / frame.wallMs,
          words: `${duration(frame.storyMs)} of silence, shortened to ${duration(Math.max(1000, frame.wallMs))}`,
        };
        return draw();
      case 'lagging':
        if (clock !== undefined) void fill(clock);
    }
  }

  /** `fit` speaks of the whole story: it is opened at the beginning, and goes on from there to where it shall be. */
  function open(at: number | null, playing: boolean): void {
    // Between two sockets the clock stands.
    if (clock !== undefined) clock = { ...clock, at: new Date(now()).toISOString(), rate: 0 };
    replay?.close();
    opening = { at, play: playing };
    sought = undefined;
    const [fit = '', idleLimit = ''] = pace.value.split('/');
    replay = openReplay(
      story.id,
      { fit, idleLimit, paused: 'true', projections: 'unanswered-requests' },
      {
        frame: heard,
        line(text) {
          connection = text;
          draw();
        },
      },
    );
  }

  // ---- what a person does ---------------------------------------------------------------------

  let resting: ReturnType<typeof setTimeout> | undefined;
  function seek(at: number): void {
    sought = { id: ++seeks, at: Math.min(Math.max(at, span.from), span.to) };
    connection = '';
    draw();
    if (resting !== undefined) return;
    const tell = () => sought !== undefined && send({ type: 'seek', at: new Date(sought.at).toISOString(), requestId: sought.id });
    tell();
    const told = sought.id;
    resting = setTimeout(() => {
      resting = undefined;
      if (sought !== undefined && sought.id !== told) tell();
    }, SEEK_EVERY_MS);
  }

  /** Goes so many seconds of the watcher's time on or back: in a silence at the pace of the silence, as far as it reaches. */
  function jump(seconds: number): void {
    if (clock === undefined) return;
    const at = now();
    const ms = Math.abs(seconds) * 1000;
    const edge = silence === undefined ? at : seconds > 0 ? silence.to : silence.from;
    const inside = silence === undefined ? 0 : Math.abs(edge - at) / silence.rate;
    const quick = silence?.rate ?? clock.nominalRate;
    seek(ms <= inside ? at + Math.sign(seconds) * ms * quick : edge + Math.sign(seconds) * (ms - inside) * clock.nominalRate);
  }

  const toggle = () => send({ type: moves() ? 'pause' : 'play' });
  const step = (count: number) => send({ type: 'step', unit: 'event', count });
  byId('play').onclick = toggle;
  byId('back').onclick = () => step(-1);
  byId('forward').onclick = () => step(1);
  // A moment before the story: with nothing of it on the stage.
  byId('restart').onclick = () => send({ type: 'seek', at: new Date(span.from - 1000).toISOString() });
  scrubber.oninput = () => seek(Number(scrubber.value));
  pace.onchange = () => open(feed.size() === 0 ? null : now(), moves());
  window.onhashchange = () => {
    const at = linked();
    if (at !== null) seek(at);
    else writeHash();
  };
  document.onkeydown = (event) => {
    const target = event.target instanceof Element ? event.target.closest('button, summary, a, select, input') : null;
    const takes = (names: string) => target?.matches(names) === true;
    if (event.ctrlKey || event.metaKey || event.altKey || clock === undefined || takes('select')) return;
    const arrows = takes('input') ? 0 : 1;
    const done = {
      k: toggle,
      ' ': takes('button, summary, a') ? undefined : toggle,
      ',': () => step(-1),
      '.': () => step(1),
      ArrowLeft: arrows ? () => jump(-5) : undefined,
      ArrowRight: arrows ? () => jump(5) : undefined,
    }[event.key];
    if (done === undefined) return;
    event.preventDefault();
    done();
  };
  stage.onkeydown = (event) => {
    const article = event.target instanceof Element ? event.target.closest('article') : null;
    const other = event.key === 'PageDown' ? article?.nextElementSibling : event.key === 'PageUp' ? article?.previousElementSibling : null;
    if (!(other instanceof HTMLElement)) return;
    event.preventDefault();
    other.focus();
  };
  open(linked(), false);
}

/** The moment that the address asks for. */
function linked(): number | null {
  const text = /^#t=(.+)$/.exec(location.hash)?.[1];
  return text === undefined ? null : (parseInstant(decodeURIComponent(text)) ?? null);
}

async function start(): Promise<void> {
  const { stories } = await get<{ stories: Summary[] }>('stories');
  const id = new URLSearchParams(location.search).get('story') ?? stories[0]?.id;
  if (id === undefined) return say(byId('title'), 'There are no stories here yet.');
  const story = await get<Story>(`stories/${encodeURIComponent(id)}`);
  const cast = castOf(story);
  introduce(story, stories, cast);
  if (story.from === null) return say(byId('line'), 'Nothing in this story has a time, so there is nothing to play.');
  play(story, cast);
}

start().catch((error: unknown) => {
  say(byId('title'), 'The story could not be opened.');
  say(byId('line'), error instanceof Error ? error.message : String(error));
});
