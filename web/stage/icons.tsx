/**
 * Small signs beside words, never instead of them: each is hidden from those who listen.
 */
const PATHS = {
  private: 'M7 10V7.5a5 5 0 0 1 10 0V10h1.5v10h-13V10zm2 0h6V7.5a3 3 0 0 0-6 0z',
  public:
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm6.7 8h-2.9a14 14 0 0 0-1.2-5 7 7 0 0 1 4.1 5zM12 5.2c.8 1 1.6 3 1.8 5.8h-3.6c.2-2.8 1-4.8 1.8-5.8zM9.4 6a14 14 0 0 0-1.2 5H5.3a7 7 0 0 1 4.1-5zm-4.1 7h2.9a14 14 0 0 0 1.2 5 7 7 0 0 1-4.1-5zm6.7 5.8c-.8-1-1.6-3-1.8-5.8h3.6c-.2 2.8-1 4.8-1.8 5.8zm2.6-.8a14 14 0 0 0 1.2-5h2.9a7 7 0 0 1-4.1 5z',
  play: 'M7 4.5v15l12.5-7.5z',
  pause: 'M6 4.5h4.2v15H6zM13.8 4.5H18v15h-4.2z',
  back: 'M17 5v14L7 12z',
  forward: 'M7 5v14l10-7z',
  chapterBack: 'M5 5h2.4v14H5zM19 5v14L8.6 12z',
  chapterForward: 'M16.6 5H19v14h-2.4zM5 5l10.4 7L5 19z',
  search: 'M10.5 4a6.5 6.5 0 1 0 4 11.6l4.9 4.9 1.4-1.4-4.9-4.9A6.5 6.5 0 0 0 10.5 4zm0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z',
  share: 'M12 3l5 5h-3.8v7h-2.4V8H7zM5 12h2.4v7h9.2v-7H19v9.4H5z',
  eye: 'M12 5.5C6.8 5.5 3 10 2 12c1 2 4.8 6.5 10 6.5S21 14 22 12c-1-2-4.8-6.5-10-6.5zm0 10.8a4.3 4.3 0 1 1 0-8.6 4.3 4.3 0 0 1 0 8.6zm0-6.6a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z',
  about: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm-1.1 6h2.2v8h-2.2zM12 5.7a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6z',
  screen: 'M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z',
  close: 'M6.4 5l5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill-rule="evenodd" />
    </svg>
  );
}
