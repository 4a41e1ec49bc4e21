export function complaints(config: unknown): string[];
