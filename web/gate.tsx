/**
 * What is shown where no story plays: opening, not found, out of reach, a token asked for. Each is said calmly; what can mend
 * by itself is tried again by itself.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { StorySummary } from '../src/sdk/index.js';
import { pageAddress } from './share/address.js';

export function Gate({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <main class="gate">
      <p class="brand">Hindcast</p>
      <h1>{title}</h1>
      <div id="line" role="status">
        {children}
      </div>
    </main>
  );
}

/** Asks for a token; it is kept for this tab and goes to this server alone. */
export function TokenForm({ refused, give }: { readonly refused: boolean; readonly give: (token: string) => void }) {
  const text = useSignal('');
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.value.trim() !== '') give(text.value.trim());
      }}
    >
      <p>{refused ? 'That token does not allow this. Is there another one?' : 'Whoever runs this server can give you one. It is kept for this tab alone.'}</p>
      <label class="field">
        <span>Token</span>
        <input id="token" type="password" autoComplete="off" required value={text.value} onInput={({ currentTarget }) => (text.value = currentTarget.value)} />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}

export function Chooser({ stories }: { readonly stories: readonly StorySummary[] }) {
  return stories.length === 0 ? null : (
    <nav aria-label="Stories">
      <ul class="plain">
        {stories.map(({ id, title }) => (
          <li key={id}>
            <a href={pageAddress(document.baseURI, { story: id })} dir="auto">
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
