interface Reading {
  /** How many modules of ours were read. */
  read: number;
  /** What is wrong, a sentence each. */
  faults: string[];
}
interface Module {
  source: string;
  coreModule?: boolean;
  couldNotResolve?: boolean;
}
interface Violation {
  rule: { name: string };
  from: string;
  to: string;
  comment?: string;
  cycle?: readonly { name: string }[];
}
export function faultsOf(modules: readonly Module[], violations: readonly Violation[], fewest?: number): Reading;
export function checkLayers(root: string, fewest?: number): Promise<Reading>;
