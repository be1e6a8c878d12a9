/** Puts the files of a new embedded database into a folder, as `empty-database.tar.br`. `root` has node_modules. */
export function buildEmptyDatabase(root: string, folder: string): Promise<void>;
