/** Options of the benches, as they stand on the command line: `--name=number`, `--name=word,word`. */
export function numberOption(name: string, otherwise: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  if (given === undefined) return otherwise;
  const number = Number(given.slice(name.length + 3));
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0`);
  return number;
}

/** The words of `--name=one,two`; all of them where nothing is said. */
export function wordsOption<const Word extends string>(name: string, words: readonly Word[]): readonly Word[] {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  if (given === undefined) return words;
  const chosen = given.slice(name.length + 3).split(',');
  const unknown = chosen.find((one) => !(words as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`--${name} takes ${words.join(', ')}, and not "${unknown}"`);
  return words.filter((word) => chosen.includes(word));
}
