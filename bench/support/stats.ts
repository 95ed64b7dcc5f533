/**
 * What the benchmarks say of a list of measurements. Unit: that of the measurements.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A table in plain text: the first row is the head; numbers stand right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? brief(cell) : cell)));
  const widths = (texts[0] ?? []).map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)));
  return texts.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')).join('\n');
}

/** Three digits that count. */
export function brief(n: number): string {
  if (!Number.isFinite(n)) return '–';
  return Math.abs(n) >= 1_000 ? Math.round(n).toLocaleString('en') : Number(n.toPrecision(3)).toString();
}
