/**
 * Small parts of the ledger: how long after, on what basis, and a way to the event itself.
 */
import { useState } from 'preact/hooks';
import type { PublishedEvent } from '../../events/published.js';
import { useScene } from '../context.js';
import { isPassing } from '../../src/sdk/index.js';
import type { After } from '../player/views.js';
import { Citation } from '../stage/citation.js';
import { EventLink } from '../stage/event-link.js';
import { Stated, StoryText } from '../stage/text.js';
import { basisWords, type Known } from '../words/basis.js';
import { lapse } from '../words/durations.js';
import { dataOf, kindOf } from '../words/lanes.js';

export function Basis({ known }: { readonly known: Known }) {
  const { name } = useScene().player.cast.value;
  return <span class={`basis is-${known.basis}`}>{basisWords(known, name)}</span>;
}

export function Lapse({ after }: { readonly after: Pick<After, 'afterMinMs' | 'afterMaxMs' | 'afterStated'> }) {
  return (
    <>
      after {lapse(after.afterMinMs, after.afterMaxMs)} <Stated text={after.afterStated} />
    </>
  );
}

/** The event's own words and what states the note about it: read when it is opened. */
export function Evidence({ event, note, of }: { readonly event: string; readonly note: string | undefined; readonly of: string }) {
  const { player } = useScene();
  const [told, setTold] = useState<PublishedEvent | string | undefined>(undefined);
  const read = (open: boolean) => {
    if (!open || typeof told === 'object') return;
    player
      .event(event)
      .then(setTold)
      .catch((error: unknown) => setTold(isPassing(error) ? 'It cannot be read just now.' : 'It cannot be seen through these eyes.'));
  };
  const about = typeof told === 'object' ? told.annotations?.find(({ id }) => id === note) : undefined;
  const citation = about?.data.citation as Parameters<typeof Citation>[0]['source'] | undefined;
  return (
    <details class="source" onToggle={({ currentTarget }) => read(currentTarget.open)}>
      <summary>
        Evidence<span class="unseen"> for {of}</span>
      </summary>
      {told === undefined && <p class="aside">Reading…</p>}
      {typeof told === 'string' && <p class="aside">{told}</p>}
      {typeof told === 'object' && (
        <div class="evidence">
          <p class="aside">The {kindOf(told)} says:</p>
          <div class="words">
            {dataOf(told).description !== undefined && <StoryText text={dataOf(told).description ?? ''} quoted={false} />}
            {(dataOf(told).text || dataOf(told).words) && <StoryText text={dataOf(told).text || dataOf(told).words || ''} quoted={true} />}
            {dataOf(told).paraphrase !== undefined && <StoryText text={dataOf(told).paraphrase ?? ''} quoted={false} />}
          </div>
          {citation !== undefined && <Citation source={citation} />}
          {typeof about?.data.note === 'string' && (
            <p class="aside" dir="auto">
              {about.data.note}
            </p>
          )}
          <p>
            <EventLink event={event}>Show it on the stage</EventLink>
          </p>
        </div>
      )}
    </details>
  );
}
