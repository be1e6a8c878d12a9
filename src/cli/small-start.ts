import { setFlagsFromString } from 'node:v8';

/**
 * Until the returned function is called, V8 does not enlarge the space for new objects, which it never gives back: what starting
 * leaves behind would stay in the memory of an idle daemon. The flag is read when the space would grow.
 */
export function startSmall(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  return () => setFlagsFromString('--semi-space-growth-factor=2');
}
