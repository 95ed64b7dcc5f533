/**
 * What is known about an event: that it asks, answers, follows or claims something, each with its basis.
 * Invariant: a follow-up is said to have come after, nothing more; a claim is called one.
 */
import type { PublishedAnnotation, PublishedEvent } from '../../events/published.js';
import { useScene } from '../context.js';
import { basisWords } from '../words/basis.js';
import { count } from '../words/durations.js';
import { EventLink } from './event-link.js';

interface NoteData {
  readonly to?: string;
  readonly text?: string;
  readonly claim?: string;
  readonly request?: string;
  readonly basis?: string;
  readonly rule?: string;
  readonly by?: string;
}
const dataOfNote = (note: PublishedAnnotation) => note.data as NoteData;

function Basis({ note }: { readonly note: PublishedAnnotation }) {
  const { name } = useScene().player.cast.value;
  const { basis = 'stated', rule, by } = dataOfNote(note);
  return <span class="basis">{basisWords({ basis, ...(rule === undefined ? {} : { rule }), ...(by === undefined ? {} : { saidBy: by }) }, name)}</span>;
}

function OfRequest({ id }: { readonly id: string | undefined }) {
  const { player } = useScene();
  const state = player.view('unanswered-requests').value?.state;
  const row = state === undefined ? undefined : [...state.unanswered, ...state.answered, ...state.moot].find((one) => one.id === id);
  if (row === undefined) return <>an earlier request</>;
  return (
    <>
      the request{' '}
      <bdi>
        <EventLink event={row.event}>{`“${row.text}”`}</EventLink>
      </bdi>
    </>
  );
}

export function Annotations({ event }: { readonly event: PublishedEvent }) {
  const { name } = useScene().player.cast.value;
  const notes = event.annotations ?? [];
  const of = (type: string) => notes.filter((note) => note.type === type);
  const claims = of('ClaimIdentified');
  if (notes.length === 0) return null;
  return (
    <ul class="notes">
      {of('RequestIdentified').map((note) => (
        <li key={note.id} class="note request">
          <b>Request</b> to <bdi>{name(dataOfNote(note).to ?? '')}</bdi>: <span dir="auto">{dataOfNote(note).text}</span> <Basis note={note} />
        </li>
      ))}
      {of('AnswerIdentified').map((note) => (
        <li key={note.id} class="note answer">
          <b>Answer</b> to <OfRequest id={dataOfNote(note).request} /> <Basis note={note} />
        </li>
      ))}
      {of('FollowUpIdentified').map((note) => (
        <li key={note.id} class="note follow">
          <b>Came after</b> <OfRequest id={dataOfNote(note).request} />; that it did is all that is said. <Basis note={note} />
        </li>
      ))}
      {claims.length > 0 && (
        <li class="note claims">
          <details>
            <summary>{count(claims.length, 'claim')} made here, not established</summary>
            <ul>
              {claims.map((note) => (
                <li key={note.id} dir="auto">
                  {dataOfNote(note).claim}
                </li>
              ))}
            </ul>
          </details>
        </li>
      )}
    </ul>
  );
}
