/**
 * Taking the story elsewhere: a link to this moment, a frame for another page, watching together, a transcript.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Session } from '../../src/sdk/index.js';
import { useScene } from '../context.js';
import { DEFAULT_PACE } from '../player/controls.js';
import { count } from '../words/durations.js';
import { frameMarkup, pageAddress, writeHash } from './address.js';
import { openSession, sessionOf } from './session.js';

const ASK_EVERY_MS = 4_000;

/** A text to be taken along: copied where the browser allows it, else marked so that it can be. */
function Copied({ id, label, text, button }: { readonly id: string; readonly label: string; readonly text: string; readonly button: string }) {
  const field = useRef<HTMLInputElement>(null);
  const said = useSignal('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = 'Copied.';
    } catch {
      field.current?.focus();
      field.current?.select();
      said.value = 'It is marked: copy it with your keyboard.';
    }
  };
  return (
    <div class="copied">
      <label class="field">
        <span>{label}</span>
        <input id={id} ref={field} readOnly value={text} onFocus={({ currentTarget }) => currentTarget.select()} />
      </label>
      <button type="button" onClick={() => void copy()}>
        {button}
      </button>
      <p role="status" class="aside">
        {said}
      </p>
    </div>
  );
}

/** How many watch, asked now and then while somebody looks. */
export function Watchers({ id }: { readonly id: string }) {
  const { client } = useScene().player.server;
  const session = useSignal<Session | undefined>(undefined);
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      if (document.visibilityState === 'visible') session.value = await sessionOf(client, id).catch(() => session.value);
      if (!stopped) timer = setTimeout(() => void look(), ASK_EVERY_MS);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [client, id]);
  const many = session.value?.watchers;
  return (
    <span id="watchers">
      {many === undefined ? 'Watching together' : many === 1 ? 'Nobody else watches yet' : `${count(many, 'person', 'people')} watching together`}
    </span>
  );
}

function Together() {
  const { player, words } = useScene();
  const failed = useSignal('');
  const { shared } = player;
  if (shared !== undefined) {
    return (
      <>
        <p>
          <Watchers id={shared.id} />. {player.canControl.value ? 'You move the clock for all of them.' : 'The host moves the clock.'}
        </p>
        <Copied id="session-link" label="Link for those who watch" text={pageAddress(document.baseURI, { session: shared.id })} button="Copy the link" />
      </>
    );
  }
  const open = async () => {
    try {
      const clock = player.clock.peek();
      const limit = player.controls.idleLimit.peek();
      const as = player.as.peek();
      const id = await openSession(player.server.client, player.story.id, {
        ...(player.feed.window.peek().shown.length > 0 && clock !== undefined ? { from: clock.at } : {}),
        rate: clock?.nominalRate ?? 1,
        ...(limit === null ? {} : { idleLimit: limit }),
        ...(as === null ? {} : { as }),
      });
      location.assign(pageAddress(document.baseURI, { session: id }));
    } catch (error) {
      failed.value = error instanceof Error ? error.message : 'It could not be opened.';
    }
  };
  return (
    <>
      <p class="aside">One clock for all who have the link: you move it, they watch. It begins paused at {words.value.date(player.clockwork.tick.value)}.</p>
      <button type="button" id="together" onClick={() => void open()}>
        Watch together
      </button>
      <p role="status">{failed}</p>
    </>
  );
}

export function Share() {
  const { player } = useScene();
  const as = player.as.value;
  const pace = player.controls.pace.value;
  const at = player.feed.window.value.shown.length === 0 ? null : Math.floor(player.clockwork.tick.value);
  const hash = writeHash({ at, event: null, rate: pace.kind === 'rate' && pace !== DEFAULT_PACE ? pace.rate : null, as });
  const story = player.story.id;
  return (
    <>
      <h3>A link</h3>
      <Copied id="link" label="To this moment, paused" text={pageAddress(document.baseURI, { story }, hash)} button="Copy link" />
      <h3>In another page</h3>
      <Copied
        id="frame"
        label="A frame with this story, at this moment"
        text={frameMarkup(pageAddress(document.baseURI, { story, embed: '' }, hash), player.story.title)}
        button="Copy the markup"
      />
      <h3>Together</h3>
      <Together />
      <h3>As a text</h3>
      <p>
        <a id="transcript" href={`stories/${encodeURIComponent(story)}/transcript${as === null ? '' : `?as=${encodeURIComponent(as)}`}`}>
          Transcript of the whole story
        </a>
        {as === null ? '' : ', as these eyes saw it'}
      </p>
    </>
  );
}
