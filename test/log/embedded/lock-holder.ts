/** Holds a data folder until it is killed. */
import { acquireFolder } from '../../../src/log/embedded/folder-lock.js';

await acquireFolder(process.argv[2] ?? '');
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
