/**
 * The scrubber: the whole story as a slider, with how much happened when, chapters and silences.
 * Invariants: it says where it is in words; under a hand it follows at once, while the server is asked at most ten times a second.
 */
import { useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useScene } from '../context.js';
import type { Bar } from '../player/histogram.js';
import { chapterAt, chapterOf } from '../player/scale.js';
import type { Chapter } from '../player/views.js';
import { duration } from '../words/durations.js';
import type { Words } from '../words/times.js';
import { ticksOf } from './axis.js';

const WIDE = 1000;
const HIGH = 40;
const MIDDLE = 24;

/** Bars above the line for what was private, below it for what was public. */
function outline(bars: readonly Bar[], from: number, to: number, part: 'private' | 'public', room: number, most: number): string {
  const x = (ms: number) => Math.round(Math.min(Math.max((ms - from) / Math.max(1, to - from), 0), 1) * WIDE * 10) / 10;
  const sign = part === 'private' ? -1 : 1;
  return bars
    .filter((bar) => bar[part] > 0)
    .map((bar) => {
      const [left, right] = [x(bar.from), x(bar.to)];
      const width = Math.max(3.5, right - left - 0.5);
      const high = Math.max(3, Math.sqrt(bar[part] / most) * room);
      return `M${Math.min(left, WIDE - width)} ${MIDDLE}v${sign * high}h${width}v${-sign * high}z`;
    })
    .join('');
}

export const chapterWords = (chapter: Chapter) => chapter.title ?? `Chapter ${chapter.number}`;

function momentWords(
  words: Words,
  ms: number,
  chapters: readonly Chapter[],
  stills: readonly { readonly from: number; readonly to: number }[],
): readonly string[] {
  const chapter = chapterOf(chapters, ms);
  const still = stills.find(({ from, to }) => ms >= from && ms < to);
  return [
    `${words.date(ms)}, ${words.clock(ms)}`,
    ...(still === undefined ? [] : [`nothing for at least ${duration(still.to - still.from)}`]),
    ...(chapter === undefined ? [] : [`chapter ${chapter.number}: ${chapterWords(chapter)}`]),
  ];
}

/** What does not move with the clock. */
function Scale() {
  const { player, words } = useScene();
  const { from, to } = player.span.value;
  const { bars, stills, chapters } = player.scale;
  const most = Math.max(1, ...bars.value.map((bar) => Math.max(bar.public, bar.private)));
  const x = (ms: number) => ((ms - from) / Math.max(1, to - from)) * WIDE;
  const loop = player.controls.loop.value;
  return (
    <>
      <svg class="scale" viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {stills.value.map((still) => (
          <rect
            key={still.from}
            class="still"
            x={Math.max(0, x(still.from))}
            width={Math.max(0, Math.min(WIDE, x(still.to)) - Math.max(0, x(still.from)))}
            y="0"
            height={HIGH}
          />
        ))}
        {loop !== undefined && <rect class="loop" x={x(loop.from)} width={Math.max(3, x(loop.to ?? loop.from) - x(loop.from))} y="0" height={HIGH} />}
        <path class="bars private" d={outline(bars.value, from, to, 'private', MIDDLE - 2, most)} />
        <path class="bars public" d={outline(bars.value, from, to, 'public', HIGH - MIDDLE - 2, most)} />
        {chapters.value.map((chapter) => (
          <path key={chapter.number} class="chapter" d={`M${x(chapterAt(chapter))} 0v${HIGH}`} />
        ))}
      </svg>
      <Axis from={from} to={to} words={words.value} />
    </>
  );
}

function Axis({ from, to, words }: { readonly from: number; readonly to: number; readonly words: Words }) {
  return (
    <div class="axis" aria-hidden="true">
      {ticksOf(from, to, 8, words).map(({ at, label }, i) => {
        const share = (at - from) / (to - from);
        return share < 0 || share > 0.95 ? null : (
          <span key={at} class={i % 2 === 1 ? 'odd' : ''} style={{ left: `${share * 100}%` }}>
            {label}
          </span>
        );
      })}
    </div>
  );
}

export function Scrubber() {
  const { player, words } = useScene();
  const { controls, clockwork, scale } = player;
  const track = useRef<HTMLDivElement>(null);
  const preview = useSignal<{ readonly at: number; readonly share: number } | undefined>(undefined);
  const share = useComputed(() => {
    const { from, to } = player.span.value;
    return Math.min(1, Math.max(0, (clockwork.now.value - from) / Math.max(1, to - from)));
  });
  const { from, to } = player.span.value;
  const tick = Math.round(clockwork.tick.value);
  const locked = !player.canControl.value;

  const at = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return from;
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    preview.value = { at: from + part * (to - from), share: part };
    return from + part * (to - from);
  };
  const hide = () => {
    preview.value = undefined;
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || locked) return;
    track.current?.setPointerCapture(event.pointerId);
    controls.seek(at(event));
  };
  const onPointerMove = (event: PointerEvent) => {
    const ms = at(event);
    if (track.current?.hasPointerCapture(event.pointerId)) controls.seek(ms);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = clockwork.now.peek();
    const done = {
      ArrowLeft: () => void controls.jump(-5),
      ArrowDown: () => void controls.jump(-5),
      ArrowRight: () => void controls.jump(5),
      ArrowUp: () => void controls.jump(5),
      PageUp: () => controls.seek(now + (to - from) / 10),
      PageDown: () => controls.seek(now - (to - from) / 10),
      Home: () => controls.seek(from),
      End: () => controls.seek(to),
    }[event.key];
    if (done === undefined || locked || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    done();
  };
  return (
    <div class="scrubber">
      <div
        id="scrubber"
        ref={track}
        role="slider"
        tabIndex={0}
        aria-label="Moment of the story"
        aria-disabled={locked || !player.started.value}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={Number.isFinite(tick) ? tick : from}
        aria-valuetext={momentWords(words.value, Number.isFinite(tick) ? tick : from, scale.chapters.value, scale.stills.value).join('; ')}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerLeave={hide}
        onPointerUp={(event) => event.pointerType !== 'mouse' && hide()}
        onKeyDown={onKeyDown}
      >
        <Scale />
        <Thumb share={share} />
      </div>
      {preview.value !== undefined && (
        <p class="preview" aria-hidden="true" style={{ '--at': String(preview.value.share) }}>
          {momentWords(words.value, preview.value.at, scale.chapters.value, scale.stills.value).map((line) => (
            <span key={line}>{line}</span>
          ))}
        </p>
      )}
    </div>
  );
}

/** Moves every frame, and nothing else with it. */
function Thumb({ share }: { readonly share: { readonly value: number } }) {
  return (
    <>
      <div class="done" style={{ width: `${share.value * 100}%` }} />
      <div class="thumb" style={{ left: `${share.value * 100}%` }} />
    </>
  );
}
