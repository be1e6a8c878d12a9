import { lazy } from '../../../src/cli/commands/command-context.ts';
import { demo as declaration } from './demo.ts';

export const demo = lazy(declaration, async () => (await import('./demo.action.ts')).demo);
