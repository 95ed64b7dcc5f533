/** Holds a data folder by a socket file, as systems without abstract sockets do, until it is killed. Prints the name of the file. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { acquireFolder } from '../../../src/log/embedded/folder-lock.js';

const sockets = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('hindcast-') && name.endsWith('.sock'));
const before = new Set(sockets());
await acquireFolder(process.argv[2] ?? '', 'darwin');
process.stdout.write(`${sockets().find((name) => !before.has(name))}\n`);
setInterval(() => undefined, 60_000);
