export function removeOrphans(root: string, dist: string): void;
