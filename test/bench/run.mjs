// Builds the program and the benchmark, then runs the benchmark. `npm run bench -- drift start` runs only those.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, ['build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const folder = mkdtempSync(join(root, 'dist', 'bench-'));
try {
  await build({
    entryPoints: ['main', 'daemon-process'].map((name) => join(root, `test/bench/${name}.ts`)),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  execFileSync(process.execPath, [join(folder, 'main.mjs'), root, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
