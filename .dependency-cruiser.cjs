/**
 * Who may import whom: the table of the house as rules. What the table does not name is an error, type imports included.
 */

/** Where each room is. `port` is the one file of `log` that other rooms see. */
const ROOMS = {
  events: '^events/',
  projections: '^projections/',
  errors: '^src/errors[.]ts$',
  backoff: '^src/backoff[.]ts$',
  lmdb: '^src/lmdb/',
  protocol: '^src/protocol[.]ts$',
  replay: '^src/replay/',
  port: '^src/log/log[.]ts$',
  embedded: '^src/log/embedded/',
  log: '^src/log/',
  timeline: '^src/timeline/',
  recording: '^src/recording/',
  sessions: '^src/sessions/',
  http: '^src/http/',
  'esdb-server': '^src/esdb-server/',
  importers: '^src/importers/',
  exporters: '^src/exporters/',
  sdk: '^src/sdk/',
  cli: '^src/cli/',
  config: '^src/config[.]ts$',
  'open-log': '^src/open-log[.]ts$',
  app: '^src/app[.]ts$',
  main: '^src/main[.]ts$',
  web: '^web/',
};

/** What a room may import beside itself. Tests and benches may import anything, and nobody imports them. */
const MAY_IMPORT = {
  events: [],
  errors: [],
  backoff: [],
  lmdb: ['errors'],
  projections: ['events'],
  protocol: ['events', 'errors'],
  replay: ['events', 'errors', 'protocol'],
  log: ['events', 'errors', 'backoff', 'lmdb'],
  timeline: ['events', 'projections', 'errors', 'backoff', 'lmdb', 'port'],
  recording: ['events', 'errors', 'backoff', 'timeline', 'port'],
  sessions: ['replay', 'timeline', 'protocol', 'events', 'errors', 'backoff', 'port'],
  http: ['sessions', 'recording', 'timeline', 'exporters', 'protocol', 'events', 'errors', 'port'],
  // The port for its types: what the embedded log takes and gives is said there.
  'esdb-server': ['embedded', 'errors', 'port'],
  importers: ['events', 'errors'],
  exporters: ['events', 'errors'],
  sdk: ['protocol', 'events', 'errors', 'backoff'],
  'open-log': ['log', 'config'],
  // The projections for the shapes of their states, which `ask` puts into words; the replay's mathematics for the time that a story
  // takes whoever watches it in a terminal.
  cli: ['app', 'main', 'open-log', 'config', 'recording', 'sdk', 'importers', 'exporters', 'events', 'projections', 'replay', 'errors', 'port', 'embedded'],
  web: ['sdk', 'protocol', 'events'],
  config: ['events', 'errors'],
  app: [
    'open-log',
    'events',
    'projections',
    'errors',
    'protocol',
    'replay',
    'log',
    'timeline',
    'recording',
    'sessions',
    'http',
    'esdb-server',
    'exporters',
    'config',
  ],
  // The register too: the process tells a wrong configuration from another failure by its exit code.
  main: ['app', 'config', 'errors'],
};

const PURE = ['events', 'projections', 'errors', 'protocol', 'replay'].map((room) => ROOMS[room]);
const PURE_PACKAGES = ['typebox', 'safe-stable-stringify', 'immutable'];

/** Packages that have one door. */
const DOORS = [
  // The client itself in one place; the messages and services that it ships also where the protocol is served.
  { name: 'one-door-eventstore', packages: '@eventstore/db-client(?!/generated/)', doors: ['^src/log/eventstore/'] },
  { name: 'doors-esdb-protocol', packages: '@eventstore/db-client/generated', doors: ['^src/log/eventstore/', ROOMS['esdb-server']] },
  { name: 'one-door-grpc', packages: '(@grpc/grpc-js|google-protobuf)', doors: [ROOMS['esdb-server']] },
  { name: 'one-door-re2', packages: 're2js', doors: [ROOMS['esdb-server']] },
  { name: 'one-door-lmdb', packages: 'lmdb', doors: [ROOMS.embedded, '^src/timeline/store[.]ts$'] },
  { name: 'one-door-fastify', packages: '(fastify[^/]*|@fastify/[^/]+)', doors: [ROOMS.http, ROOMS.app] },
];

const OURS = '^(events|projections|src|web)/';
const FREE = '^(test|bench)/';
/** A package where it is installed, or its bare name where it is not. */
const inPackage = (names) => `(^|node_modules/)${names}(/|$)`;

const rooms = Object.entries(MAY_IMPORT).map(([room, others]) => ({
  name: `room-${room}`,
  comment: `${room} may import ${others.length === 0 ? 'nothing of ours' : others.join(', ')}`,
  severity: 'error',
  from: { path: ROOMS[room] },
  to: { pathNot: [ROOMS[room], ...others.map((other) => ROOMS[other]), 'node_modules/'], dependencyTypesNot: ['core'], couldNotResolve: false },
}));

const doors = DOORS.map(({ name, packages, doors }) => ({
  name,
  comment: `${packages} is imported only in ${doors.join(', ')}`,
  severity: 'error',
  from: { path: OURS, pathNot: doors },
  to: { path: inPackage(packages) },
}));

module.exports = {
  forbidden: [
    ...rooms,
    ...doors,
    {
      name: 'room-unknown',
      comment: 'the table has no such room: add it there, with what it may import',
      severity: 'error',
      from: { path: OURS, pathNot: Object.values(ROOMS) },
      to: {},
    },
    {
      name: 'room-unknown-imported',
      comment: 'the table has no such room: add it there, with what it may import',
      severity: 'error',
      from: { path: OURS },
      to: { path: OURS, pathNot: Object.values(ROOMS) },
    },
    {
      name: 'fastify-types-only',
      comment: 'app wires the server; it only names its types',
      severity: 'error',
      from: { path: ROOMS.app },
      to: { path: inPackage('(fastify[^/]*|@fastify/[^/]+)'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-packages',
      comment: `a pure room uses no package but ${PURE_PACKAGES.join(', ')}`,
      severity: 'error',
      from: { path: PURE },
      to: { path: 'node_modules/', pathNot: inPackage(`(${PURE_PACKAGES.join('|')})`) },
    },
    { name: 'pure-no-node', comment: 'a pure room knows nothing of Node', severity: 'error', from: { path: PURE }, to: { dependencyTypes: ['core'] } },
    { name: 'no-cycle', comment: 'what imports each other is one module', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-found', comment: 'there is no such file or package', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-declared',
      comment: 'package.json does not name this package',
      severity: 'error',
      from: { path: [OURS, FREE] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'not-at-work',
      comment: 'what runs may not need a package that is only there for development',
      severity: 'error',
      from: { path: '^(events|projections|src)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
