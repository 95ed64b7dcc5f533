/**
 * The page: finds out what the address asks for, opens it, and shows what stands in the way where something does.
 * Invariants: one player at a time; nothing starts by itself; what can mend by itself is tried again.
 */
import { computed, type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type Client, isPassing, ReplayError, type StoryDetail, type StorySummary } from '../src/sdk/index.js';
import { Unplaced } from './about.js';
import { type Scene, SceneContext } from './context.js';
import { Chooser, Gate, TokenForm } from './gate.js';
import { Player } from './player/player.js';
import { type Server, serverOf } from './player/server.js';
import { keepToken, token } from './player/token.js';
import { NOWHERE, type Place, readHash, writeHash } from './share/address.js';
import { hostTokenOf, sessionOf } from './share/session.js';
import { Shell } from './shell.js';
import { wordsIn } from './words/times.js';
import { isZone } from './words/zone.js';

type Shown =
  | { readonly kind: 'opening' }
  | { readonly kind: 'away'; readonly message: string }
  | { readonly kind: 'token'; readonly refused: boolean }
  | { readonly kind: 'lost'; readonly title: string; readonly message: string; readonly stories: readonly StorySummary[] }
  | { readonly kind: 'unplayable'; readonly client: Client; readonly story: StoryDetail }
  | { readonly kind: 'player'; readonly player: Player; readonly stories: readonly StorySummary[] };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
const LOOK_AGAIN_MS = 4_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const codeOf = (error: unknown) => (error instanceof ReplayError ? error.code : '');

/** Opens what the address asks for. Answers what to show, and throws what stood in the way. */
async function openAddress(server: Server, place: Place): Promise<Shown> {
  const { client } = server;
  const asked = new URLSearchParams(location.search);
  const session = asked.get('session');
  if (session !== null) {
    const { story } = await sessionOf(client, session);
    const shared = { id: session, hostToken: hostTokenOf(session) };
    return { kind: 'player', player: new Player(server, await client.story(story), NOWHERE, shared), stories: [] };
  }
  const stories = await client.stories();
  const id = asked.get('story') ?? stories[0]?.id;
  if (id === undefined) {
    // Who may read nothing is told of no stories: whether a token would help is asked by name.
    await client.story('any').catch((error: unknown) => (codeOf(error) === 'unknown-story' ? undefined : Promise.reject(error)));
    return { kind: 'away', message: 'There are no stories here yet. As soon as one is recorded, it shows here.' };
  }
  const story = await client.story(id).catch((error: unknown) => {
    if (codeOf(error) === 'unknown-story') throw Object.assign(error as ReplayError, { stories });
    throw error;
  });
  if (story.from === null) return { kind: 'unplayable', client, story };
  return { kind: 'player', player: new Player(server, story, place), stories };
}

const TITLES: Readonly<Record<string, string>> = {
  'unknown-story': 'There is no such story here.',
  'unknown-session': 'There is no such shared session.',
  'session-over': 'This shared session is over.',
  forbidden: 'This may not be read with that token.',
};

function lostFor(error: unknown): Shown {
  const stories = (error as { stories?: readonly StorySummary[] }).stories ?? [];
  return {
    kind: 'lost',
    title: TITLES[codeOf(error)] ?? 'The story could not be opened.',
    message: error instanceof Error ? error.message : String(error),
    stories,
  };
}

export class Page {
  readonly shown: Signal<Shown> = signal({ kind: 'opening' });
  readonly embedded = new URLSearchParams(location.search).has('embed') || undefined;
  private readonly server = serverOf(document.baseURI, token);
  private wait = FIRST_WAIT_MS;

  /** Opens, and where the server is away opens again until it is there. */
  async open(place: Place, faults: readonly string[] = []): Promise<void> {
    for (;;) {
      try {
        const shown = await openAddress(this.server, place);
        this.wait = FIRST_WAIT_MS;
        if (shown.kind === 'player') {
          for (const fault of faults) shown.player.notices.say(`${fault} It is opened at the start instead`.replace(/\.$/, ''));
          this.guard(shown.player, place);
        }
        this.shown.value = shown;
        if (shown.kind === 'unplayable' || shown.kind === 'away') {
          await sleep(LOOK_AGAIN_MS);
          continue;
        }
        return;
      } catch (error) {
        if (codeOf(error) === 'unauthenticated') {
          this.shown.value = { kind: 'token', refused: false };
          return;
        }
        if (!isPassing(error)) {
          this.shown.value = lostFor(error);
          return;
        }
        this.shown.value = { kind: 'away', message: `${(error as ReplayError).message} Trying again by itself.` };
        await sleep(this.wait);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
      }
    }
  }

  give(token: string): void {
    keepToken(token);
    this.shown.value = { kind: 'opening' };
    const { place, faults } = readHash(location.hash);
    void this.open(place, faults);
  }

  /** What ends a player for good, and what comes instead. */
  private guard(player: Player, place: Place): void {
    const stop = player.fatal.subscribe((error) => {
      if (error === undefined) return;
      queueMicrotask(() => stop());
      player.close();
      if (error.code === 'unauthenticated' || error.code === 'forbidden') this.shown.value = { kind: 'token', refused: error.code === 'forbidden' };
      else if (place.as !== null && player.shared === undefined && error.code === 'bad-request')
        void this.open({ ...place, as: null }, [`The link asks for the eyes of “${place.as}”, who is not in this story.`]);
      else this.shown.value = lostFor(error);
    });
  }
}

/** Keeps address, title and body in step with the player. */
function useAddress(player: Player, embedded: boolean): void {
  useEffect(() => {
    document.title = `${player.story.title} · Hindcast`;
    let writing: ReturnType<typeof setTimeout> | undefined;
    const stops = [
      player.status.subscribe((status) => {
        document.body.dataset.status = status;
      }),
      computed(() => {
        const { clock, started, moves, sought, as, feed, controls } = player;
        if (!started.value || moves.value || sought.value !== undefined || clock.value === undefined || feed.busy.value || player.shared !== undefined)
          return undefined;
        const pace = controls.pace.value;
        const at = feed.window.value.shown.length === 0 ? null : Date.parse(clock.value.at);
        return writeHash({ at, event: null, rate: pace.kind === 'rate' ? pace.rate : null, as: as.value });
      }).subscribe((hash) => {
        clearTimeout(writing);
        if (hash === undefined) return;
        writing = setTimeout(() => {
          if (location.hash !== hash) history.replaceState(history.state, '', `${location.pathname}${location.search}${hash}`);
        }, 200);
      }),
    ];
    // By now the page may have written its own place over it: what was asked for stands in the event.
    const onHash = ({ newURL }: HashChangeEvent) => {
      const { place, faults } = readHash(new URL(newURL).hash);
      for (const fault of faults) player.notices.say(fault.replace(/\.$/, ''));
      if (place.as !== player.as.peek()) void player.controls.look(place.as);
      if (place.rate !== null) void player.controls.setPace({ kind: 'rate', rate: place.rate });
      if (place.event !== null) void player.reveal(place.event);
      else if (place.at !== null) player.controls.seek(place.at);
    };
    window.addEventListener('hashchange', onHash);
    return () => {
      clearTimeout(writing);
      window.removeEventListener('hashchange', onHash);
      for (const stop of stops) stop();
    };
  }, [player, embedded]);
}

function Playing({ player, stories, embedded }: { readonly player: Player; readonly stories: readonly StorySummary[]; readonly embedded: boolean }) {
  const scene = useMemo((): Scene => {
    const own = player.story.timeZone ?? 'UTC';
    const zone = signal(isZone(own) ? own : 'UTC');
    return { player, zone, words: computed(() => wordsIn(zone.value)), embedded };
  }, [player, embedded]);
  useAddress(player, embedded);
  return (
    <SceneContext.Provider value={scene}>
      <Shell stories={stories} />
    </SceneContext.Provider>
  );
}

export function App({ page }: { readonly page: Page }) {
  const shown = page.shown.value;
  if (shown.kind !== 'player') document.body.dataset.status = shown.kind === 'away' ? 'lost' : 'connecting';
  switch (shown.kind) {
    case 'opening':
      return <Gate title="Opening the story…" />;
    case 'away':
      return <Gate title="One moment">{shown.message}</Gate>;
    case 'token':
      return (
        <Gate title="This story takes a token">
          <TokenForm refused={shown.refused} give={(token) => page.give(token)} />
        </Gate>
      );
    case 'lost':
      return (
        <Gate title={shown.title}>
          <p>{shown.message}</p>
          <Chooser stories={shown.stories} />
          <p>
            <a href={location.pathname}>To the first page</a>
          </p>
        </Gate>
      );
    case 'unplayable':
      return (
        <Gate title={shown.story.title}>
          <p>
            {shown.story.events === 0
              ? 'Nothing is recorded in this story yet. As soon as there is, it shows here.'
              : 'Nothing in this story has a place in time, so there is nothing to play.'}
          </p>
          <Unplaced client={shown.client} story={shown.story} as={null} />
        </Gate>
      );
    case 'player':
      return <Playing player={shown.player} stories={shown.stories} embedded={page.embedded === true} />;
  }
}
