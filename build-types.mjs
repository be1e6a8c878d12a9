/*
 * Builds dist/types: the declarations of what `import … from 'opsdeck-jobs'` gives, and of the packages that they speak of.
 * Those packages are bundled, so a user has none of them; of each the declarations that the compiler read are copied to
 * dist/types/packages, and are named there by a relative path.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const listedPackage = /^(.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](.*)$/;
/** A user of TypeScript for Node has these. */
const ofTheUser = ['typescript', '@types/node', 'undici-types'];

/** Every file that the compiler read from a package: `{ packages, name, path }`. */
function packageFiles(listed) {
  return listed.flatMap((file) => {
    const [, packages, name, path] = listedPackage.exec(file.trim()) ?? [];
    const own = name === undefined || ofTheUser.includes(name) || name.startsWith('@typescript');
    return own ? [] : [{ packages, name, path }];
  });
}

/** The declarations that `import … from 'name'` means: of those read, the one with the shortest path. undefined: files below it alone were read. */
function entryOf(files, name) {
  const names = ['index', name.replace(/\.js$/, '')].flatMap((base) => [`${base}.d.ts`, `${base}.d.cts`]);
  const [entry] = files
    .filter((file) => file.name === name && names.includes(basename(file.path)))
    .sort((a, b) => a.path.length - b.path.length);
  return entry?.path;
}

/** Whether a `.d.ts` is a module of the one kind or the other is said by the package.json above it. */
async function copyModuleKind({ packages, name, path }, to) {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const text = await readFile(join(packages, name, folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { type = 'commonjs' } = JSON.parse(text);
    await writeFile(join(to, name, folder, 'package.json'), `${JSON.stringify({ type })}\n`);
    return;
  }
}

async function rewriteImports(file, packages, entries) {
  const text = await readFile(file, 'utf8');
  const place = (path) => {
    const found = relative(dirname(file), path).split(sep).join('/');
    return found.startsWith('.') ? found : `./${found}`;
  };
  const rewritten = text.replace(
    /^((?:import|export)\b[^;'"]*?\bfrom )(['"])([^'"]+)\2/gm,
    (whole, head, quote, specifier) => {
      if (specifier.startsWith('.')) return `${head}${quote}${specifier.replace(/\.ts$/, '.js')}${quote}`;
      if (!entries.has(specifier)) return whole;
      const entry = entries.get(specifier);
      if (entry === undefined) throw new Error(`no declarations of ${specifier} were read`);
      const path = place(join(packages, specifier, entry)).replace(/\.d\.(c?)ts$/, '.$1js');
      return `${head}${quote}${path}${quote}`;
    },
  );
  if (rewritten !== text) await writeFile(file, rewritten);
}

/** The declarations that a declaration speaks of. The compiler writes those of all that it read, whole programs behind one word. */
async function reachedFrom(first) {
  const reached = new Set();
  const next = [first];
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    const text = reached.has(file) ? undefined : await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    reached.add(file);
    for (const [, from, imported, referred] of text.matchAll(
      /\bfrom\s*['"](\.[^'"]+)['"]|\bimport\s*\(?\s*['"](\.[^'"]+)['"]|<reference path=['"]([^'"]+)['"]/g,
    )) {
      const path = join(dirname(file), from ?? imported ?? referred);
      const stem = path.replace(/(?:\.d)?\.[cm]?[jt]s$/, '');
      next.push(`${stem}.d.ts`, `${stem}.d.cts`, join(path, 'index.d.ts'));
    }
  }
  return reached;
}

/** Writes dist/types below `root`. */
export async function buildTypes(root) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(
    process.execPath,
    [compiler, '-p', join(root, 'tsconfig.types.json'), '--listFiles'],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  const files = packageFiles(stdout.split('\n'));
  const types = join(root, 'dist/types');
  const packages = join(types, 'packages');
  for (const { packages: from, name, path } of files) {
    await mkdir(dirname(join(packages, name, path)), { recursive: true });
    await copyFile(join(from, name, path), join(packages, name, path));
  }
  const names = [...new Set(files.map(({ name }) => name))];
  const entries = new Map(names.map((name) => [name, entryOf(files, name)]));
  for (const name of names) {
    const first = files.find((file) => file.name === name && file.path === (entries.get(name) ?? file.path));
    await copyModuleKind(first, packages);
  }
  const written = await readdir(types, { recursive: true });
  for (const name of written.filter((path) => /\.d\.c?ts$/.test(path))) {
    await rewriteImports(join(types, name), packages, entries);
  }
  const reached = await reachedFrom(join(types, 'index.d.ts'));
  const unused = written
    .map((name) => join(types, name))
    .filter((path) => /\.d\.c?ts$/.test(path) && !reached.has(path));
  await Promise.all(unused.map((path) => rm(path)));
  const isReached = (name) => [...reached].some((path) => path.startsWith(join(packages, name, sep)));
  for (const name of names.filter((one) => !isReached(one)))
    await rm(join(packages, name), { recursive: true });
}
