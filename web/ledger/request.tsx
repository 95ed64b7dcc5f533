/**
 * One request: who asked whom what, since when, and what came of it.
 * Invariants: a follow-up is "followed by", never an answer and never a consequence; a claim is called a claim; a lapse whose
 * ends differ is said as a range; each statement has its basis.
 */
import { useComputed } from '@preact/signals';
import { useScene } from '../context.js';
import type { RequestRow } from '../player/views.js';
import { EventLink } from '../stage/event-link.js';
import { Name } from '../stage/text.js';
import { lapse } from '../words/durations.js';
import { Basis, Evidence, Lapse } from './after.js';

/** How long it has been open, as a range where the moment of asking is one. */
export function ageWords({ askedAt, askedEarliest, askedLatest }: Pick<RequestRow, 'askedAt' | 'askedEarliest' | 'askedLatest'>, now: number): string {
  const most = askedEarliest === null ? null : now - Date.parse(askedEarliest);
  const least = now - Date.parse(askedLatest ?? askedAt);
  if (most === null && least < 1000) return 'Unanswered; for how long is not known';
  return most !== null && most < 1000 ? 'Just asked' : `Unanswered for ${lapse(least, most)}`;
}

function Age({ row }: { readonly row: RequestRow }) {
  const { clockwork } = useScene().player;
  const words = useComputed(() => ageWords(row, clockwork.tick.value));
  return <p class="age">{words}</p>;
}

export function Request({ row, open }: { readonly row: RequestRow; readonly open: boolean }) {
  const { player, words } = useScene();
  const { name } = player.cast.value;
  const { answer, possibleAnswer, mootedBy, followUps, claims = [] } = row;
  return (
    <li data-id={row.id} class={open ? 'open' : ''}>
      <p class="who">
        <Name>{name(row.from)}</Name> asked <Name>{name(row.to)}</Name>
      </p>
      <p class="ask" dir="auto">
        {row.text}
      </p>
      {open && <Age row={row} />}
      {answer !== undefined && (
        <p class="outcome">
          <b>
            <EventLink event={answer.event}>Answered</EventLink>
          </b>{' '}
          <Lapse after={answer} /> <Basis known={answer} />
        </p>
      )}
      {possibleAnswer !== undefined && (
        <p class="outcome">
          <b>
            <EventLink event={possibleAnswer.event}>Possibly answered</EventLink>
          </b>{' '}
          <Lapse after={possibleAnswer} /> <Basis known={possibleAnswer} />
        </p>
      )}
      {mootedBy !== undefined && (
        <p class="outcome">
          <b>No longer open</b> by {words.value.date(Date.parse(mootedBy.at))}: {mootedBy.reason} <Basis known={mootedBy} />
        </p>
      )}
      {followUps.map((next) => (
        <div class="outcome" key={next.id}>
          <p>
            Followed by <EventLink event={next.event}>{`a ${next.visibility} act of ${name(next.by)}`}</EventLink> <Lapse after={next} /> <Basis known={next} />
          </p>
          <Evidence event={next.event} note={next.id} of="what followed" />
        </div>
      ))}
      {claims.map((claim) => (
        <div class="outcome" key={claim.id}>
          <p>
            <b>Claim</b> of <Name>{name(claim.by)}</Name>, not established: <span dir="auto">{claim.claim}</span> <Basis known={claim} />
          </p>
          <Evidence event={claim.event} note={claim.id} of="the claim" />
        </div>
      ))}
      {row.uncertain === true && <p class="aside">Uncertain: by its bounds, part of this may not have happened yet.</p>}
      <div class="foot">
        <Basis known={row} /> <Evidence event={row.event} note={row.id} of="the request" />
      </div>
    </li>
  );
}
