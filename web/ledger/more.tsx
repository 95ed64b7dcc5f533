/**
 * What else the views tell, as small plots: each is read and kept up to date only while it is open, and its code is fetched
 * when the first one is opened.
 */
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { useScene } from '../context.js';
import type { ViewName } from '../player/views.js';

type Plots = typeof import('../plots/all.js');
const PARTS: readonly { readonly view: ViewName; readonly title: string; readonly plot: keyof Plots }[] = [
  { view: 'response-times', title: 'How long answers took', plot: 'ResponseTimesPlot' },
  { view: 'links', title: 'Who shared which link when', plot: 'LinksPlot' },
  { view: 'who-knew', title: 'Who knew what, and when', plot: 'WhoKnewPlot' },
  { view: 'silences', title: 'Who was silent how long', plot: 'SilencesPlot' },
];

function Part({ view, title, plot }: (typeof PARTS)[number]) {
  const open = useSignal(false);
  return (
    <details class="plot-part" id={`part-${view}`} onToggle={({ currentTarget }) => (open.value = currentTarget.open)}>
      <summary>{title}</summary>
      {open.value && <Opened view={view} plot={plot} />}
    </details>
  );
}

function Opened({ view, plot }: Pick<(typeof PARTS)[number], 'view' | 'plot'>) {
  const { player } = useScene();
  const Plot = useSignal<ComponentType | undefined>(undefined);
  const failed = useSignal(false);
  useEffect(() => player.watch(view), [player, view]);
  useEffect(() => {
    import('../plots/all.js').then(
      (plots) => (Plot.value = plots[plot]),
      () => (failed.value = true),
    );
  }, [plot]);
  if (failed.value) return <p class="aside">It could not be loaded. Close it and open it again.</p>;
  return Plot.value === undefined || player.view(view).value === undefined ? <p class="aside">Reading…</p> : <Plot.value />;
}

export function More() {
  return (
    <section class="more-views" aria-label="More views">
      {PARTS.map((part) => (
        <Part key={part.view} {...part} />
      ))}
    </section>
  );
}
