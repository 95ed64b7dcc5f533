/**
 * Words of the story on the page. Invariants: they are text and never markup; each stands in its own direction; what is long
 * is folded and says how long it is; a link leads out only where it is http(s).
 */
import { useState } from 'preact/hooks';
import { beginning, FOLD } from '../words/fold.js';

/** `quoted`: somebody's own words, in quotation marks. */
export function StoryText({ text, quoted }: { readonly text: string; readonly quoted: boolean }) {
  const [open, setOpen] = useState(false);
  const folds = text.length > FOLD;
  const shown = folds && !open ? `${beginning(text)}…` : text;
  return (
    <>
      <p class={quoted ? 'quoted' : 'told'} dir="auto">
        {quoted ? `“${shown}”` : shown}
      </p>
      {folds && (
        <button type="button" class="link fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}
        </button>
      )}
    </>
  );
}

/** The source's own words for a time or a lapse. */
export function Stated({ text }: { readonly text: string | null | undefined }) {
  return text == null ? null : (
    <span class="stated" dir="auto">
      “{text}”
    </span>
  );
}

/** A name, apart from the direction of what stands around it. */
export const Name = ({ children }: { readonly children: string }) => <bdi class="name">{children}</bdi>;

export const isWebLink = (url: string | undefined): url is string => url !== undefined && /^https?:\/\//i.test(url);

export function OutLink({ url, children }: { readonly url: string | undefined; readonly children: string }) {
  return isWebLink(url) ? (
    <a href={url} rel="noreferrer noopener" target="_blank">
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );
}
