import { type Action, lazy, noun, type OptionsOf } from '../../../src/cli/commands/command-context.ts';
import { importCsv } from '../../../src/cli/commands/import-csv.ts';
import { reportLeavers } from './report-leavers.ts';
import { reportUar } from './report-uar.ts';
import { uarCompare } from './uar-compare.ts';
import { uarAcknowledge, uarFalsePositive, uarResolve } from './uar-decide.ts';
import { exceptionAdd, exceptionList, exceptionRevoke } from './uar-exception.ts';
import { uarExample } from './uar-example.ts';
import { uarExport, uarSchema } from './uar-export.ts';
import { uarFindings } from './uar-findings.ts';
import { uarImport } from './uar-import.ts';
import { uarList } from './uar-list.ts';
import { uarShow } from './uar-show.ts';
import { uarSignOff } from './uar-sign-off.ts';

type Decision = Action<[ids: string[], options: OptionsOf<typeof uarResolve>]>;

const deciding = (verb: 'resolve' | 'acknowledge' | 'false-positive') => async (): Promise<Decision> => {
  const { uarDecide } = await import('./uar-decide.action.ts');
  return (io, globals, ids, options) => uarDecide(io, globals, verb, ids, options);
};

const exception = noun(
  'exception',
  'Accept differences of an account until a date',
  [
    lazy(exceptionAdd, async () => (await import('./uar-exception.action.ts')).addUarException),
    lazy(exceptionList, async () => (await import('./uar-exception.action.ts')).listUarExceptions),
    lazy(exceptionRevoke, async () => (await import('./uar-exception.action.ts')).revokeUarException),
  ],
  'uar exception list',
);

export const uar = noun(
  'uar',
  'Review who has access: comparisons, findings, decisions, exceptions, sign-off',
  [
    lazy(uarList, async () => (await import('./uar-list.action.ts')).uarList),
    lazy(uarShow, async () => (await import('./uar-show.action.ts')).showFinding),
    lazy(uarFindings, async () => (await import('./uar-findings.action.ts')).uarFindings),
    lazy(uarCompare, async () => {
      const { uarCompare: compare } = await import('./uar-compare.action.ts');
      return (io, globals, a, b, options) => compare(io, globals, { a, b }, options);
    }),
    lazy(uarExample, async () => (await import('./uar-example.action.ts')).uarExample),
    lazy(uarImport, async () => (await import('./uar-import.action.ts')).uarImport),
    lazy(uarExport, async () => (await import('./uar-export.action.ts')).uarExport),
    lazy(uarSchema, async () => (await import('./uar-export.action.ts')).uarSchema),
    lazy(uarResolve, deciding('resolve')),
    lazy(uarAcknowledge, deciding('acknowledge')),
    lazy(uarFalsePositive, deciding('false-positive')),
    exception,
    lazy(uarSignOff, async () => (await import('./uar-sign-off.action.ts')).signOff),
  ],
  'uar list',
  'uar findings --severity critical',
);

export const reviewReport = lazy(reportUar, async () => (await import('./report-uar.action.ts')).reportUar);

export const leaversReport = lazy(
  reportLeavers,
  async () => (await import('./report-leavers.action.ts')).reportLeavers,
);

export const uarImports = [
  importCsv({
    name: 'users',
    description: 'Import people, who receive alerts',
    framework: false,
    example: 'import users users.csv',
    load: async () => (await import('../import/users.ts')).users,
  }),
];
