/**
 * A way to an event on the stage: a link that can be copied, and that brings the event into view where it is followed.
 */
import { useScene } from '../context.js';

export function EventLink({ event, children }: { readonly event: string; readonly children: string }) {
  const { player } = useScene();
  return (
    <a
      href={`#e=${encodeURIComponent(event)}`}
      onClick={(click) => {
        click.preventDefault();
        void player.reveal(event);
      }}
    >
      {children}
    </a>
  );
}
