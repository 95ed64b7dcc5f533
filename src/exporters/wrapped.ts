/**
 * Text in lines that are no wider than a page, as a terminal counts: a letter of some scripts, and an emoji, takes two columns.
 * Invariants: a line breaks between words, and within one only where that is wider than a line, never within a letter; the work
 * grows with the length of the text and no faster. Unit: columns.
 */
import { eastAsianWidth } from 'get-east-asian-width';

const ASCII = /^[\u0020-\u007e]*$/;
/** What stands on the letter before it. */
const MARK = /^[\p{M}\p{Emoji_Modifier}\u200b-\u200d]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;
const FLAG_HALF = /^\p{Regional_Indicator}$/u;
const JOINER = '\u200d';
/** Below this every character is a letter of one column. */
const PLAIN = 0x300;

/** A word in parts, each no wider than a line but where a letter is. */
function* partsOf(word: string, most: number): Generator<{ text: string; width: number }> {
  if (ASCII.test(word)) {
    for (let i = 0; i < word.length; i += most) yield { text: word.slice(i, i + most), width: Math.min(most, word.length - i) };
    return;
  }
  let text = '';
  let width = 0;
  let isJoined = false;
  let isHalfFlag = false;
  for (const character of word) {
    const code = character.codePointAt(0) as number;
    const isHalf = code >= PLAIN && FLAG_HALF.test(character);
    const belongs: boolean = text !== '' && (isJoined || (isHalf && isHalfFlag) || (code >= PLAIN && MARK.test(character)));
    const one = belongs ? 0 : code < PLAIN ? 1 : isHalf || EMOJI.test(character) ? 2 : eastAsianWidth(code);
    if (width + one > most && text !== '' && !belongs) {
      yield { text, width };
      [text, width] = ['', 0];
    }
    text += character;
    width += one;
    isJoined = character === JOINER;
    isHalfFlag = isHalf && !belongs;
  }
  if (text !== '') yield { text, width };
}

/** The lines of a text, which keeps the line ends it has. */
export function* linesOf(text: string, most: number): Generator<string> {
  for (const given of text.split('\n')) {
    let line = '';
    let filled = 0;
    for (const word of given.split(' ')) {
      if (word === '') continue;
      let isFirst = true;
      for (const part of partsOf(word, most)) {
        const gap = line === '' || !isFirst ? 0 : 1;
        if (line !== '' && filled + gap + part.width > most) {
          yield line;
          [line, filled] = [part.text, part.width];
        } else {
          line += (gap === 1 ? ' ' : '') + part.text;
          filled += gap + part.width;
        }
        isFirst = false;
      }
    }
    yield line;
  }
}
