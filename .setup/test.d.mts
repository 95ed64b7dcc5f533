export function compiled(root: string, args: readonly string[]): string[];
