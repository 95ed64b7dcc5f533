/**
 * The ledger: what is unanswered at this moment, and what came of the rest; then what else the views tell, closed at first.
 * Invariant: everything is as of the story clock, from the views that the replay keeps.
 */
import { useSignal } from '@preact/signals';
import { useScene } from '../context.js';
import type { RequestRow } from '../player/views.js';
import { count } from '../words/durations.js';
import { More } from './more.js';
import { Request } from './request.js';

/** So many rows are drawn before more are asked for. */
const FIRST = 40;

interface ListProps {
  readonly id: 'unanswered' | 'answered' | 'moot';
  readonly title: string;
  readonly rows: readonly RequestRow[];
  readonly total: number;
}

function List({ id, title, rows, total }: ListProps) {
  const most = useSignal(FIRST);
  // The latest first: what has just been asked is what a watcher looks for.
  const latest = rows.toReversed();
  const shown = latest.slice(0, most.value);
  if (total === 0 && id !== 'unanswered') return null;
  return (
    <section class={`part ${id}`}>
      <h2>
        <span id={`${id}-count`} class="number">
          {total.toLocaleString('en')}
        </span>{' '}
        {title}
      </h2>
      <ul id={id}>
        {shown.map((row) => (
          <Request key={row.id} row={row} open={id === 'unanswered'} />
        ))}
      </ul>
      {latest.length > shown.length && (
        <button type="button" class="quiet" onClick={() => (most.value += FIRST)}>
          Show {count(Math.min(FIRST, latest.length - shown.length), 'more request')}
        </button>
      )}
      {total > latest.length && latest.length === shown.length && <p class="aside">The latest {latest.length.toLocaleString('en')} are shown.</p>}
    </section>
  );
}

const NONE = { requests: 0, answered: 0, unanswered: 0, moot: 0 };

export function Ledger() {
  const { player } = useScene();
  const view = player.view('unanswered-requests').value;
  const state = view?.state;
  const totals = state?.totals ?? NONE;
  return (
    <section class="ledger" id="ledger" aria-label="Requests" tabIndex={-1}>
      <List id="unanswered" title="unanswered at this moment" rows={state?.unanswered ?? []} total={totals.unanswered} />
      {totals.requests === 0 && <p class="empty">No request has been made yet.</p>}
      {totals.requests > 0 && totals.unanswered === 0 && <p class="empty">Nothing that was asked is open.</p>}
      {view?.stale === true && <p class="aside">The past has changed; this is being worked out anew.</p>}
      <List id="answered" title="answered" rows={state?.answered ?? []} total={totals.answered} />
      <List id="moot" title="no longer open" rows={state?.moot ?? []} total={totals.moot} />
      <More />
    </section>
  );
}
