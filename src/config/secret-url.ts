import { resolve } from 'node:path';
import type { z } from 'zod';
import type { ConfigFile } from './config-file.ts';
import type { EntryList } from './entries.ts';
import type { Problem } from './problem.ts';
import { readText } from './read-text.ts';
import { webhookUrl } from './values.ts';

/** A secret address of the configuration file: the value `path`, or what the file that `path_file` names holds; neither is shown but by `shown`. */
export function secretUrlOf(
  path: readonly string[],
  file: ConfigFile,
  folder: string,
  list: EntryList,
  problems: Problem[],
  schema: z.ZodType<string, string> = webhookUrl,
  shown: (value: string) => string = () => 'set',
): string | undefined {
  const key = path.at(-1) ?? '';
  const name = path.join('.');
  const plain = file.find(path);
  const pointer = file.find([...path.slice(0, -1), `${key}_file`]);
  if (plain !== undefined && pointer !== undefined) {
    const message = `both ${key} and ${key}_file are set`;
    problems.push({ name, origin: pointer.origin, message, hint: 'keep one of them' });
    return undefined;
  }
  const found = plain ?? pointer;
  if (found === undefined) return undefined;
  const show = (value: string | undefined) => {
    list.addJobValue(path, value === undefined ? 'set' : shown(value), found.origin);
    return value;
  };
  // What is wrong with one that stands there is a problem of the file already.
  if (pointer === undefined) return show(schema.safeParse(found.value).data);
  const place = resolve(folder, String(pointer.value));
  const text = readText(place, `${name}_file`, problems);
  const checked = schema.safeParse(text);
  if (text !== undefined && !checked.success) {
    const message = `the value ${checked.error.issues.map((issue) => issue.message).join(', ')}`;
    problems.push({ name: `${name}_file`, origin: place, message });
  }
  return show(checked.data);
}
