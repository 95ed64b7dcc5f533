/**
 * The keys, told on demand.
 */
import { Icon } from '../stage/icons.js';
import { KEYS } from './keys.js';

export function Help({ close }: { readonly close: () => void }) {
  return (
    <section class="help" aria-labelledby="help-title">
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" class="square" aria-label="Close the help" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <p class="aside">They work while something in the player has the focus.</p>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
