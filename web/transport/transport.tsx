/**
 * The transport: the clock, what moves it, and one line that says what is going on.
 */
import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useScene } from '../context.js';
import { Icon } from '../stage/icons.js';
import { Help } from './help.js';
import { PaceControl, SilenceControl } from './pace.js';
import { Scrubber } from './scrubber.js';
import { ZoneControl } from './zone-control.js';

/** Date and time of the story, drawn anew only where the words change. */
function Clock() {
  const { player, words } = useScene();
  const at = useComputed(() => {
    const now = player.clockwork.now.value;
    return Number.isFinite(now) ? now : player.span.value.from;
  });
  const date = useComputed(() => words.value.weekday(at.value));
  const time = useComputed(() => words.value.clock(at.value));
  return (
    <div class="clock">
      <time id="clock">
        <span class="date">{date}</span> <span class="time">{time}</span>
      </time>
      <ZoneControl />
    </div>
  );
}

interface ButtonProps {
  readonly id?: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly class?: string;
  readonly pressed?: boolean;
  readonly children: ComponentChildren;
}

function Button({ label, children, pressed, ...rest }: ButtonProps) {
  const { player } = useScene();
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={!player.started.value}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...rest}
    >
      {children}
    </button>
  );
}

function Loop() {
  const { controls } = useScene().player;
  const loop = controls.loop.value;
  const label = loop === undefined ? 'Loop A–B: begin here' : loop.to === null ? 'A – set B: loop to here' : 'Looping: end the loop';
  return (
    <Button id="loop" class="wordy" label={label} pressed={loop !== undefined} onClick={() => void controls.pressLoop()}>
      {loop === undefined ? 'Loop A–B' : loop.to === null ? 'A – set B' : 'Looping'}
    </Button>
  );
}

/** Full screen, and the keys: beside the title where there is room. */
export function WindowTools({ fullScreen, help }: { readonly fullScreen: () => void; readonly help: { value: boolean } }) {
  const toggle = () => {
    help.value = !help.value;
  };
  return (
    <>
      <button type="button" class="square" aria-label="Full screen" title="Full screen" onClick={fullScreen}>
        <Icon name="screen" />
      </button>
      <button type="button" class="square" aria-label="Keys" title="Keys" aria-expanded={help.value} onClick={toggle}>
        <span aria-hidden="true">?</span>
      </button>
    </>
  );
}

export function Transport({ fullScreen, help }: { readonly fullScreen: () => void; readonly help: { value: boolean } }) {
  const { player } = useScene();
  const { controls } = player;
  const more = useSignal(false);
  const plays = player.moves.value || player.status.value === 'live';
  return (
    <section class="transport" aria-label="Playing">
      <Scrubber />
      <div class="bar">
        <Clock />
        {player.canControl.value ? (
          <>
            <div class="buttons">
              <Button id="chapter-back" class="wide-only" label="Previous chapter" onClick={() => controls.step(-1, 'chapter')}>
                <Icon name="chapterBack" />
              </Button>
              <Button id="back" label="Back one event" onClick={() => controls.step(-1)}>
                <Icon name="back" />
              </Button>
              <button id="play" class="big" type="button" disabled={!player.started.value} onClick={() => controls.toggle()}>
                <Icon name={plays ? 'pause' : 'play'} />
                <span id="play-word">{plays ? 'Pause' : 'Play'}</span>
              </button>
              <Button id="forward" label="Forward one event" onClick={() => controls.step(1)}>
                <Icon name="forward" />
              </Button>
              <Button id="chapter-forward" class="wide-only" label="Next chapter" onClick={() => controls.step(1, 'chapter')}>
                <Icon name="chapterForward" />
              </Button>
            </div>
            <button type="button" class="more wordy" aria-expanded={more.value} aria-controls="options" onClick={() => (more.value = !more.value)}>
              Pace<span class="unseen"> and other settings</span>
            </button>
            <div id="options" class={`options${more.value ? ' open' : ''}`}>
              <PaceControl />
              <SilenceControl />
              <div class="chapters narrow-only">
                <Button class="wordy" label="Previous chapter" onClick={() => controls.step(-1, 'chapter')}>
                  ‹ Chapter
                </Button>
                <Button class="wordy" label="Next chapter" onClick={() => controls.step(1, 'chapter')}>
                  Chapter ›
                </Button>
              </div>
              <Loop />
              <Button
                id="live"
                class="wordy"
                label="Go live: to the end, and on with what is recorded"
                pressed={player.status.value === 'live'}
                onClick={() => controls.live()}
              >
                Go live
              </Button>
              <span class="narrow-only">
                <WindowTools fullScreen={fullScreen} help={help} />
              </span>
            </div>
          </>
        ) : (
          <p class="viewer">The host moves this clock.</p>
        )}
      </div>
      <p id="line" role="status">
        {player.line}
      </p>
      {help.value && <Help close={() => (help.value = false)} />}
    </section>
  );
}
