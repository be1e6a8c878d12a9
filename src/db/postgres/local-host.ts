import { existsSync } from 'node:fs';

/** libpq's default: the unix socket of this machine's server, where there is one. */
export function localHost(port: number): string {
  const folders = ['/var/run/postgresql', '/tmp'];
  return folders.find((folder) => existsSync(`${folder}/.s.PGSQL.${port}`)) ?? 'localhost';
}
