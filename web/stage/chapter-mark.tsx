/**
 * Where a chapter begins. Invariant: a title is its author's; one that a rule found says by which.
 */
import { useScene } from '../context.js';

const RULES: Readonly<Record<string, string>> = {
  'after-a-silence': 'After a long silence',
  burst: 'Much happens within a short time',
};

export function ChapterMark({ event }: { readonly event: string }) {
  const chapter = useScene().player.scale.byEvent.value.get(event);
  if (chapter === undefined) return null;
  return (
    <p class="chapter-mark">
      <span class="number">{chapter.number}</span> <span dir="auto">{chapter.title ?? RULES[chapter.rule ?? ''] ?? 'Chapter'}</span>
      {chapter.title === null && <span class="aside"> inferred by rule</span>}
    </p>
  );
}
