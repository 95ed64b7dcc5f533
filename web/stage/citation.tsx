/**
 * Where a thing is stated, and how sure its time is: on demand, in full.
 */
import type { Source } from '../../events/envelope.js';
import type { PublishedEvent } from '../../events/published.js';
import { useScene } from '../context.js';
import { dataOf } from '../words/lanes.js';
import { OutLink, Stated } from './text.js';

export function Citation({ source }: { readonly source: Source }) {
  const known = useScene().player.cast.value.source(source.id);
  const title = source.title ?? known?.title ?? source.id ?? 'Source';
  const where = [source.paragraph === undefined ? '' : `paragraph ${source.paragraph}`, source.locator ?? ''].filter((part) => part !== '').join(', ');
  return (
    <div class="citation">
      {source.quote !== undefined && <blockquote dir="auto">{source.quote}</blockquote>}
      <p>
        <OutLink url={source.url ?? known?.url}>{title}</OutLink>
        {where === '' ? '' : `, ${where}`}
      </p>
      {source.note !== undefined && (
        <p class="aside" dir="auto">
          {source.note}
        </p>
      )}
    </div>
  );
}

/** Everything that is known of an event beside what its article shows. */
export function EventEvidence({ event }: { readonly event: PublishedEvent }) {
  const { player, words } = useScene();
  const { name } = player.cast.value;
  const { incomplete, editorial = [] } = dataOf(event);
  const zoned = words.value;
  const at = Date.parse(event.occurredAt ?? '');
  return (
    <div class="evidence">
      {event.sources.map((source, i) => (
        <Citation key={i} source={source} />
      ))}
      {event.sources.length === 0 && <p class="aside">No source is given.</p>}
      {incomplete === true && <p class="aside">The source gives only part of the words.</p>}
      {editorial.map(({ inserted, after, note }, i) => (
        <p class="aside" key={i} dir="auto">
          The source puts {inserted} after “{after}”. {note ?? ''}
        </p>
      ))}
      <p class="aside">
        By its bounds: {zoned.bounds(event)}.
        {Number.isFinite(at) &&
          ` In the story it stands at ${zoned.time(at)} on ${zoned.date(at)}, the last moment by which it had happened where no more is known.`}
      </p>
      {event.disclosures !== undefined && event.disclosures.length > 0 && (
        <>
          <p class="aside">Who learned of it later:</p>
          <ul class="aside">
            {event.disclosures.map(({ to, at: told, stated }, i) => (
              <li key={i}>
                <bdi>{to === 'public' ? 'The public' : name(to)}</bdi>, by {zoned.date(Date.parse(told))} <Stated text={stated} />
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="aside">
        <a href={`#e=${encodeURIComponent(event.id)}`}>Link to this event</a>
      </p>
    </div>
  );
}
