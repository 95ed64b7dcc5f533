/**
 * How a transcript looks, on a screen and on paper, and the policy that lets in nothing else.
 * Invariant: the style stands in the document as it is here, to the letter, since the policy knows it by its digest.
 */
import { createHash } from 'node:crypto';

export const STYLE = `
:root { color-scheme: light; --ink: #1b1d1f; --muted: #4f565c; --line: #c9ccc8; --accent: #1f5b56; }
* { box-sizing: border-box; }
html { background: #fff; }
body { margin: 0 auto; max-width: 44rem; padding: 0 clamp(1rem, 4vw, 2rem) 4rem; color: var(--ink); overflow-wrap: anywhere;
  font: 1.06rem/1.55 "Iowan Old Style", Palatino, "Palatino Linotype", "Noto Serif", Georgia, serif; }
h1, h2, h3 { line-height: 1.25; font-weight: 600; break-after: avoid; }
h1 { margin: 2rem 0 .5rem; font-size: 2rem; }
h2 { margin: 2.5rem 0 .75rem; padding-top: .5rem; border-top: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 0 0 .15rem; font-size: 1.06rem; }
p, ul, ol, dl, blockquote { margin: 0 0 .6rem; }
ul, ol { padding-left: 1.4rem; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: .5rem; top: -4rem; padding: .5rem .8rem; background: #fff; border: 2px solid var(--accent); }
.skip:focus { top: .5rem; }
nav ul { padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
article { margin: 0 0 1.4rem; padding: 0 0 0 1rem; border-left: 3px solid var(--line); break-inside: avoid; }
article.public { border-left-style: double; border-left-width: 5px; }
article:target { border-left-color: var(--accent); }
.when { font-style: italic; }
.aside, .sources, .when, footer, cite { color: var(--muted); }
.aside, .notes, .sources, footer { font-size: .92rem; }
blockquote { margin-left: 0; padding-left: .9rem; }
blockquote p, .told, .ask { white-space: pre-line; }
.notes, .sources { padding-left: 1.1rem; }
.notes li, .sources li { margin-bottom: .25rem; }
.gap { text-align: center; font-style: italic; color: var(--muted); }
.lapsed { padding-left: 1rem; border-left: 3px dotted var(--line); break-inside: avoid; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
caption { margin-bottom: .5rem; text-align: left; color: var(--muted); }
th, td { padding: .4rem .5rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tbody th { font-weight: 400; }
tbody th[scope=rowgroup] { padding-top: 1rem; font-weight: 600; }
td p { margin: 0 0 .25rem; }
footer { margin-top: 3rem; padding-top: .5rem; border-top: 1px solid var(--line); }
@media print {
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav, .skip { display: none; }
  a { color: inherit; text-decoration: none; }
  cite a[href]::after { content: " <" attr(href) ">"; }
  p, li { orphans: 3; widows: 3; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
`;

const DIRECTIVES = ["default-src 'none'", `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`, "base-uri 'none'", "form-action 'none'"];

/** The policy as it stands in the document, so that it holds for a saved one as well. */
export const POLICY_INSIDE = DIRECTIVES.join('; ');
/** The policy of the reply. */
export const TRANSCRIPT_POLICY = [...DIRECTIVES, "frame-ancestors 'none'"].join('; ');
