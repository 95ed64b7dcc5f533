/**
 * What a test run says in CI: a line for each file, every failure and every skip by name, and the counts for .ci/run.
 * tap loads it as a reporter; the counts are written, at the end only, to the file that HINDCAST_TALLY names.
 */
import { writeFileSync } from 'node:fs';
import { Transform } from 'node:stream';
import { Parser } from 'tap-parser';

/** What tap notes beside a failure and nobody needs to read it. */
const UNTOLD = new Set(['args', 'command', 'cwd', 'externalID', 'jobId', 'source', 'stdio']);

const nothing = () => ({ passed: 0, failed: 0, skipped: 0 });

/** Adds the assertions of one parser, and of all inside it, to `tally`. A subtest counts by what is in it. */
function count(parser, tally, path, say) {
  let inner = nothing();
  parser.on('child', (child) => {
    inner = nothing();
    count(child, inner, [...path, child.name], say);
  });
  parser.on('assert', (result) => {
    const own = inner;
    inner = nothing();
    const name = [...path, result.name].join(' › ');
    if (result.skip) {
      if (own.skipped === 0) {
        own.skipped++;
        say(`skipped: ${name} (${result.skip})`);
      }
    } else if (result.todo) say(`to do: ${name}`);
    else if (result.ok) {
      if (own.passed + own.skipped === 0) own.passed++;
    } else if (own.failed === 0) {
      own.failed++;
      say(`failed: ${name}`);
      for (const [key, value] of Object.entries(result.diag ?? {}))
        if (!UNTOLD.has(key)) say(`  ${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
    }
    if (path.length === 0) say(`${result.ok ? 'ok    ' : 'not ok'} ${result.name}: ${own.passed} passed, ${own.failed} failed, ${own.skipped} skipped`);
    for (const kind of Object.keys(tally)) tally[kind] += own[kind];
  });
  if (path.length > 0) return;
  parser.on('bailout', (reason) => {
    tally.failed++;
    say(`bailed out: ${reason}`);
  });
}

export default class Report extends Transform {
  tally = nothing();
  parser = new Parser();

  constructor() {
    super();
    count(this.parser, this.tally, [], (line) => this.push(`${line}\n`));
  }

  _transform(chunk, _encoding, done) {
    this.parser.write(String(chunk));
    done();
  }

  _flush(done) {
    this.parser.on('complete', () => {
      const { passed, failed, skipped } = this.tally;
      if (process.env.HINDCAST_TALLY) writeFileSync(process.env.HINDCAST_TALLY, `${passed} ${failed} ${skipped}\n`);
      done();
    });
    this.parser.end();
  }
}
