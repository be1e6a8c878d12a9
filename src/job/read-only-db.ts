import type { Kysely, KyselyPlugin, OperationNode, RawNode, RootOperationNode } from 'kysely';
import type { Database } from '../db/tables.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';

/**
 * `ctx.db`: reads only. A write here would bypass the fence, and in a dry run would really happen, so it is refused before it
 * is sent. The check is by the kind of statement; a function that writes when it is selected is not found.
 */
export function readOnlyDb(db: Kysely<Database>, job: string): Kysely<Database> {
  return db.withPlugin(new ReadOnlyPlugin(job));
}

class ReadOnlyPlugin implements KyselyPlugin {
  readonly #job: string;

  constructor(job: string) {
    this.#job = job;
  }

  transformQuery({ node }: { readonly node: RootOperationNode }): RootOperationNode {
    if (!reads(node)) {
      throw new OperatorError({
        code: 'write_outside_transaction',
        message: `The job ${this.#job} writes outside ctx.transaction; the statement was not sent.`,
        next: 'This is a mistake in the job: let it write inside ctx.transaction.',
        exitCode: ExitCode.failed,
      });
    }
    return node;
  }

  async transformResult<R>({ result }: { readonly result: R }): Promise<R> {
    return result;
  }
}

function reads(node: OperationNode): boolean {
  if (node.kind === 'SelectQueryNode') return true;
  return isRaw(node) && readsByText(rawText(node));
}

function isRaw(node: OperationNode): node is RawNode {
  return node.kind === 'RawNode';
}

/** The statement as far as it is SQL text; nested fragments in their place, values as `?`. */
function rawText(node: RawNode): string {
  return node.sqlFragments
    .map((fragment, index) => {
      const parameter = node.parameters[index];
      if (parameter === undefined) return fragment;
      return fragment + (isRaw(parameter) ? rawText(parameter) : '?');
    })
    .join('');
}

function readsByText(text: string): boolean {
  const bare = text
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .trim()
    .toLowerCase();
  if (/^(select|values|table|show|explain(?!\s*(\(|analyze)))\b/.test(bare)) return true;
  return (
    /^with\b/.test(bare) &&
    !/\b(insert\s+into|delete\s+from|merge\s+into|update\s+[a-z_."]+\s+(as\s+\w+\s+)?set)\b/.test(bare)
  );
}
