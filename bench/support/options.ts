/** Options of the benches, as they stand on the command line: `--name=number`. */
export function numberOption(name: string, otherwise: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  if (given === undefined) return otherwise;
  const number = Number(given.slice(name.length + 3));
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0`);
  return number;
}
