interface LockFile {
  packages: Record<string, { version?: string; integrity?: string; optional?: boolean; devOptional?: boolean }>;
}
export function nodeFault(version: string): string | undefined;
export function isInstallNeeded(lockedAt: number | undefined, installedAt: number | undefined, isSame: () => boolean): boolean;
export function holdsSamePackages(lock: LockFile, installed: LockFile): boolean;
export function isBuildNeeded(changedAt: number, builtAt: number | undefined): boolean;
export function newestIn(path: string): number;
export function ready(): string | undefined;
