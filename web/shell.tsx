/**
 * The player as a whole: title, stage, ledger, panels and transport, and the keys that belong to it.
 * Invariant: keys are heard only where the focus is inside; one panel is open at a time.
 */
import { useComputed, useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { About } from './about.js';
import { useScene } from './context.js';
import { Find } from './find/find.js';
import { PerspectiveControl, Restrictions } from './find/perspective.js';
import { ageWords } from './ledger/request.js';
import { Ledger } from './ledger/ledger.js';
import type { StorySummary } from '../src/sdk/index.js';
import { pageAddress, writeHash } from './share/address.js';
import { Share, Watchers } from './share/share.js';
import { Icon } from './stage/icons.js';
import { Stage } from './stage/stage.js';
import { Name } from './stage/text.js';
import { actionOf } from './transport/keys.js';
import { Transport, WindowTools } from './transport/transport.js';

type PanelName = 'find' | 'share' | 'about';
const PANELS: Readonly<
  Record<
    PanelName,
    { readonly title: string; readonly button: string; readonly icon: 'search' | 'share' | 'about'; readonly body: ComponentType; readonly first?: string }
  >
> = {
  find: { title: 'Find and filter', button: 'Find', icon: 'search', body: Find, first: 'search' },
  share: { title: 'Share', button: 'Share', icon: 'share', body: Share },
  about: { title: 'About this story', button: 'About', icon: 'about', body: About },
};

function Panel({ name, close }: { readonly name: PanelName; readonly close: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { title, body: Body } = PANELS[name];
  // Where there is something to be typed, it is typed there: outside of a field, letters are keys of the player.
  useEffect(() => (document.getElementById(PANELS[name].first ?? '') ?? heading.current)?.focus(), [name]);
  return (
    <section class="panel" aria-labelledby="panel-title">
      <header>
        <h2 id="panel-title" tabIndex={-1} ref={heading}>
          {title}
        </h2>
        <button type="button" class="square" aria-label={`Close: ${title}`} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <Body />
    </section>
  );
}

function Notices() {
  const { player } = useScene();
  const { notices } = player;
  return (
    <div class="notices" role="status" aria-label="What changed">
      {notices.list.value.map(({ id, text, event }) => (
        <p key={id}>
          {text}.{' '}
          {event !== undefined && (
            <button type="button" class="link" onClick={() => void player.reveal(event)}>
              Show it
            </button>
          )}
          <button type="button" class="square" aria-label="Dismiss" onClick={() => notices.dismiss(id)}>
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}

/** On a small screen: the latest request that is open, always in sight. */
function Latest({ open }: { readonly open: () => void }) {
  const { player } = useScene();
  const state = player.view('unanswered-requests').value?.state;
  const row = state?.unanswered.at(-1);
  const age = useComputed(() => {
    const latest = player.view('unanswered-requests').value?.state.unanswered.at(-1);
    return latest === undefined ? '' : ageWords(latest, player.clockwork.tick.value);
  });
  if (state === undefined || row === undefined) return null;
  const { name } = player.cast.value;
  return (
    <button type="button" class="latest" onClick={open}>
      <span class="who">
        <Name>{name(row.from)}</Name> asked <Name>{name(row.to)}</Name>
      </span>{' '}
      <span class="ask" dir="auto">
        {row.text}
      </span>{' '}
      <span class="age">{age}</span>
    </button>
  );
}

export function Shell({ stories }: { readonly stories: readonly StorySummary[] }) {
  const { player, embedded, words } = useScene();
  const root = useRef<HTMLDivElement>(null);
  const panel = useSignal<PanelName | undefined>(undefined);
  const tab = useSignal<'stage' | 'ledger'>('stage');
  const help = useSignal(false);
  const { story, shared, controls } = player;

  const fullScreen = () => {
    if (document.fullscreenElement === null) root.current?.requestFullscreen().catch(() => {});
    else void document.exitFullscreen();
  };
  const close = () => {
    const was = panel.value;
    panel.value = undefined;
    help.value = false;
    if (was !== undefined) root.current?.querySelector<HTMLElement>(`[data-panel=${was}]`)?.focus();
  };
  const toggle = (name: PanelName) => {
    if (panel.value === name) close();
    else panel.value = name;
  };
  const skipToRequests = () => {
    tab.value = 'ledger';
    requestAnimationFrame(() => root.current?.querySelector<HTMLElement>('#ledger')?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && (panel.value !== undefined || help.value)) return close();
    const target = event.target as Element;
    const keyed = {
      toggle: () => controls.toggle(),
      jump: (seconds: number) => void controls.jump(seconds),
      step: (count: number, unit: 'event' | 'chapter') => controls.step(count, unit),
      scaleRate: (factor: number) => controls.scaleRate(factor),
      percent: (tenths: number) => controls.percent(tenths),
      fullScreen,
      help: () => (help.value = !help.value),
    };
    const { key, ctrlKey, metaKey, altKey } = event;
    const action = actionOf({ key, ctrlKey, metaKey, altKey, matches: (selectors) => target.closest(selectors) !== null }, keyed);
    if (action === undefined || !player.started.value || (!player.canControl.value && key !== 'f' && key !== '?')) return;
    event.preventDefault();
    action();
  };
  const total = player.view('unanswered-requests').value?.state.totals.unanswered ?? 0;
  const full = pageAddress(
    document.baseURI,
    { story: story.id },
    writeHash({ at: player.clock.value === undefined ? null : Date.parse(player.clock.value.at), event: null, rate: null, as: player.as.value }),
  );
  const when = (text: string | null) => (text === null ? '' : words.value.date(Date.parse(text)));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears the keys of what is inside.
    <div class={`player${embedded ? ' embedded' : ''}`} ref={root} tabIndex={-1} onKeyDown={onKeyDown}>
      <p class="skips">
        <button type="button" onClick={() => root.current?.querySelector<HTMLElement>(player.canControl.value ? '#play' : '#scrubber')?.focus()}>
          Skip to the controls
        </button>
        <button type="button" onClick={skipToRequests}>
          Skip to the requests
        </button>
      </p>
      <header class="masthead">
        <div class="titles">
          <p class="brand">
            Hindcast
            {shared !== undefined && (
              <>
                {' · '}
                <Watchers id={shared.id} />
              </>
            )}
          </p>
          <h1 dir="auto">{story.title}</h1>
          <p class="span">
            {when(story.from)} to {when(story.to)}
          </p>
        </div>
        <div class="tools">
          {stories.length > 1 && !embedded && shared === undefined && (
            <label class="field stories">
              <span>Story</span>
              <select
                id="stories"
                value={story.id}
                onChange={({ currentTarget }) => location.assign(pageAddress(document.baseURI, { story: currentTarget.value }))}
              >
                {stories.map(({ id, title }) => (
                  <option key={id} value={id}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
          )}
          {!embedded && <PerspectiveControl />}
          {(Object.keys(PANELS) as PanelName[])
            .filter((name) => !embedded || name === 'about')
            .map((name) => (
              <button key={name} type="button" class="tool" data-panel={name} aria-expanded={panel.value === name} onClick={() => toggle(name)}>
                <Icon name={PANELS[name].icon} />
                <span class="word">{PANELS[name].button}</span>
              </button>
            ))}
          <span class="wide-only">
            <WindowTools fullScreen={fullScreen} help={help} />
          </span>
          {embedded && (
            <a class="tool" id="full-page" href={full} target="_blank" rel="noopener">
              Full page
            </a>
          )}
        </div>
      </header>
      <Restrictions />
      <Notices />
      <nav class="tabs" aria-label="Show">
        <button type="button" id="tab-stage" aria-pressed={tab.value === 'stage'} onClick={() => (tab.value = 'stage')}>
          What happened
        </button>
        <button type="button" id="tab-ledger" aria-pressed={tab.value === 'ledger'} onClick={() => (tab.value = 'ledger')}>
          Unanswered <span class="number">{total.toLocaleString('en')}</span>
        </button>
      </nav>
      <main class={`rooms show-${tab.value}`}>
        <Stage />
        <Latest open={() => (tab.value = 'ledger')} />
        <Ledger />
        {panel.value !== undefined && <Panel key={panel.value} name={panel.value} close={close} />}
      </main>
      <Transport fullScreen={fullScreen} help={help} />
    </div>
  );
}
