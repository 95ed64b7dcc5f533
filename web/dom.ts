/**
 * Making elements. Invariant: what a story says gets into the page as text only, never as markup.
 */
type Child = Node | string | null | undefined | false;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** The source's own words for a time or a lapse. */
export const stated = (words: string | null | undefined) => (words == null ? null : el('span', { class: 'stated' }, ` “${words}”`));

/** The element of the page with this id; it is there, or the page is broken. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element as E;
}

/** Sets a text only where it differs: a clock is drawn sixty times a second. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
