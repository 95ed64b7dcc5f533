/**
 * One event on the stage. Invariants: private or public is said in words and shown by shape and place, colour only follows;
 * the time is said as precisely as it is known and no more.
 */
import { useState } from 'preact/hooks';
import type { PublishedEvent } from '../../events/published.js';
import { useScene } from '../context.js';
import type { Shown } from '../player/stage-window.js';
import { actorOf, dataOf, kindOf, listed, othersOf } from '../words/lanes.js';
import { Annotations } from './annotations.js';
import { ChapterMark } from './chapter-mark.js';
import { EventEvidence } from './citation.js';
import { Icon } from './icons.js';
import { Name, OutLink, Stated, StoryText } from './text.js';

function Words({ event }: { readonly event: PublishedEvent }) {
  const { pieces, description, text, words, paraphrase, subject, links = [] } = dataOf(event);
  const quoted = text || words;
  return (
    <div class="words">
      {subject !== undefined && subject !== '' && (
        <p class="subject" dir="auto">
          {subject}
        </p>
      )}
      {pieces?.map((piece, i) => (
        <StoryText key={i} text={piece.text} quoted={piece.as === 'quoted'} />
      ))}
      {pieces === undefined && description !== undefined && <StoryText text={description} quoted={false} />}
      {pieces === undefined && quoted !== undefined && quoted !== '' && <StoryText text={quoted} quoted={true} />}
      {pieces === undefined && paraphrase !== undefined && <StoryText text={paraphrase} quoted={false} />}
      {links.length > 0 && (
        <p class="links">
          Points to{' '}
          {links.slice(0, 8).map((link, i) => (
            <span key={i}>
              {i > 0 && ', '}
              <bdi>
                <OutLink url={link}>{link}</OutLink>
              </bdi>
            </span>
          ))}
          {links.length > 8 && ` and ${links.length - 8} more`}
        </p>
      )}
    </div>
  );
}

/** The source and whatever else is known: drawn only when it is asked for. */
function Evidence({ event }: { readonly event: PublishedEvent }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="source" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Source<span class="unseen"> of this {kindOf(event)}</span>
      </summary>
      {open && <EventEvidence event={event} />}
    </details>
  );
}

export interface ArticleProps {
  readonly one: Shown;
  readonly posinset: number;
  readonly setsize: number;
  /** The silence before it, in words. Not the event before: what is drawn may not hold on to what is gone. */
  readonly band: string | undefined;
}

export function Article({ one, posinset, setsize, band }: ArticleProps) {
  const { player, words } = useScene();
  const { event } = one;
  const cast = player.cast.value;
  const who = actorOf(event);
  const { joined, ids } = othersOf(event);
  const { action, channel, place } = dataOf(event);
  const title = `e-${event.id}`;
  const isMessage = event.type === 'MessageSent' && event.visibility === 'private';
  const { inSightAt } = event as { inSightAt?: string };
  const seenLater = player.as.value !== null && one.at > Date.parse(event.occurredAt ?? '');
  const shape = event.visibility === 'public' ? 'public' : isMessage ? `message ${cast.side(who)}` : 'deed';
  return (
    <article
      class={`row ${event.visibility}${one.fresh ? ' fresh' : ''}`}
      tabIndex={-1}
      aria-labelledby={title}
      aria-posinset={posinset}
      aria-setsize={setsize}
      {...(one.withdrawn ? { 'data-withdrawn': event.id } : { 'data-id': event.id })}
    >
      {band !== undefined && (
        <p class="band">
          <span>{band}</span>
        </p>
      )}
      <ChapterMark event={event.id} />
      <div class={`card ${shape}`}>
        <p class="label">
          <Icon name={event.visibility} />
          <span class="kind">{kindOf(event)}</span>
          {action !== undefined && <span> · {action}</span>}
          {channel !== undefined && <span> · {channel}</span>}
          {place !== undefined && <span dir="auto"> · {place}</span>}
          {one.late && <span class="tag"> recorded late</span>}
          {event.correctedBy !== undefined && <span class="tag"> corrected</span>}
          {one.withdrawn && <span class="tag"> withdrawn</span>}
        </p>
        <h3 id={title}>
          <Name>{cast.name(who)}</Name>
          {ids.length > 0 && (
            <span class="to">
              {' '}
              {joined} <Name>{listed(ids.map(cast.name))}</Name>
            </span>
          )}
        </h3>
        {one.withdrawn ? (
          <p class="aside">This {kindOf(event)} was retracted while you watched; it counts no longer.</p>
        ) : (
          <>
            <Words event={event} />
            <p class="when">
              <time dateTime={event.occurredAt ?? ''}>{words.value.when(event)}</time> <Stated text={event.when.stated} />
            </p>
            {seenLater && <p class="when">in sight from {words.value.date(inSightAt === undefined ? one.at : Date.parse(inSightAt))} on</p>}
            <Annotations event={event} />
            <Evidence event={event} />
          </>
        )}
      </div>
    </article>
  );
}
