// Prints the path of the newest Node LTS's binary, got as an npm package into the folder given as the only argument.
// The packages carry no "lts" tag, so the newest even majors are tried until one calls itself an LTS.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const folder = process.argv[2];
const name = `node-${process.platform}-${process.arch}`;
const newest = Number(execFileSync('npm', ['view', name, 'version'], { encoding: 'utf8' }).split('.')[0]);
for (let major = newest - (newest % 2); major >= 20; major -= 2) {
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@${major}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (execFileSync(binary, ['-p', 'process.release.lts ?? ""'], { encoding: 'utf8' }).trim() !== '') {
    process.stdout.write(`${binary}\n`);
    process.exit(0);
  }
}
process.stderr.write(`no LTS among the ${name} packages\n`);
process.exit(1);
