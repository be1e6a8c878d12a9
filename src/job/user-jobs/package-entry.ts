import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';
import { builtFile } from '../../files/built-file.ts';

const packageName = 'opsdeck-jobs';
let resolves = false;

type Resolve = (
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => unknown,
) => unknown;

/**
 * From now on `import … from 'opsdeck-jobs'` is this very program's entry, in any file of any folder, whatever is installed
 * there: with another copy a job's schemas would be another zod's.
 */
export function resolvePackageToProgram(): void {
  if (resolves) return;
  resolves = true;
  const url = pathToFileURL(builtFile('index')).href;
  // In this thread where Node can; it warns of the other way once it can.
  const registerHooks: unknown = Reflect.get(nodeModule, 'registerHooks');
  if (typeof registerHooks === 'function') {
    const resolve: Resolve = (specifier, context, next) =>
      specifier === packageName ? { url, shortCircuit: true } : next(specifier, context);
    Reflect.apply(registerHooks, undefined, [{ resolve }]);
    return;
  }
  const hook = `export const resolve = (specifier, context, next) =>
    specifier === ${JSON.stringify(packageName)} ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(specifier, context);`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
