/** Puts the files of new embedded databases into a folder: an empty one, and one that is migrated. `root` has node_modules. */
export function buildDatabases(root: string, folder: string): Promise<void>;
