import { resolve } from 'node:path';
import { channels, definitionOf } from '../notify/channels/lookup.ts';
import type { PostForm } from '../notify/channels/message.ts';
import type { ConfigFile } from './config-file.ts';
import type { NamedDestination } from './destinations.ts';
import type { EntryList } from './entries.ts';
import type { Problem } from './problem.ts';
import { readText } from './read-text.ts';

/*
 * What is sent to a destination instead of the channel's own: `body` (Jinja) and `headers`. Both name secrets as
 * `{{ secrets.NAME }}`: the variable OPSDECK_JOBS_SECRET_NAME, or the file that OPSDECK_JOBS_SECRET_NAME_FILE names.
 */

export interface PostFormSources {
  readonly file: ConfigFile;
  readonly folder: string;
  readonly destinations: ReadonlyMap<string, NamedDestination>;
  /** By name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly list: EntryList;
  readonly problems: Problem[];
}

const secretName = /\bsecrets\.([A-Za-z_]\w*)/g;
const printed = /\{\{\s*secrets\.([A-Za-z_]\w*)\s*\}\}/g;
const forSecrets = /auth|api-?key|token|secret|password/i;

/** By name of the destination. */
export function readPostForms(sources: PostFormSources): ReadonlyMap<string, PostForm> {
  const names = Object.keys(sources.file.content.destinations ?? {});
  return new Map(
    names.flatMap((name): [string, PostForm][] => {
      const form = readPostForm(name, sources);
      return form === undefined ? [] : [[name, form]];
    }),
  );
}

function readPostForm(name: string, sources: PostFormSources): PostForm | undefined {
  const { file, list, problems, destinations } = sources;
  const given = file.content.destinations?.[name];
  const at = (key: string) => ['destinations', name, key];
  const body = bodyOf(name, sources);
  const headers = Object.entries(given?.headers ?? {});
  if (body === undefined && headers.length === 0) return undefined;
  const taking = channels.filter((channel) => definitionOf(channel).named?.takesForm === true);
  if (!taking.some((channel) => destinations.get(name)?.[channel] !== undefined)) {
    const keys = taking.flatMap((channel) => definitionOf(channel).named?.key ?? []).join(' or ');
    const origin = file.find(['destinations', name])?.origin ?? '';
    const message = 'has a body or headers and no address that takes them';
    problems.push({ name: `destinations.${name}`, origin, message, hint: `add ${keys}, or its file` });
  }
  const used = new Map<string, string>();
  const need = (key: string, text: string) => {
    for (const [, secret = ''] of text.matchAll(secretName)) {
      const value = sources.secrets[secret];
      if (value !== undefined) used.set(secret, value);
      else problems.push(missingSecret(at(key), file, secret));
    }
  };
  if (body !== undefined) need(given?.body === undefined ? 'body_file' : 'body', body);
  const bodySecrets = Object.fromEntries(used);
  const filled = headers.map(([header, text]): [string, string] => {
    const path = [...at('headers'), header];
    list.addJobValue(path, 'set', file.find(path)?.origin);
    need('headers', text);
    const value = text.replaceAll(printed, (_, secret: string) => sources.secrets[secret] ?? '');
    const fault = faultOf(header, text, value);
    if (fault !== undefined) problems.push({ name: path.join('.'), origin: origin(file, path), ...fault });
    return [header.toLowerCase(), value];
  });
  return {
    ...(body === undefined ? {} : { body }),
    headers: Object.fromEntries(filled),
    secrets: bodySecrets,
  };
}

function bodyOf(name: string, { file, folder, list, problems }: PostFormSources): string | undefined {
  const given = file.content.destinations?.[name];
  const path = ['destinations', name, 'body'];
  const filePath = ['destinations', name, 'body_file'];
  if (given?.body !== undefined && given.body_file !== undefined) {
    const message = 'both body and body_file are set';
    problems.push({
      name: path.join('.'),
      origin: origin(file, filePath),
      message,
      hint: 'keep one of them',
    });
  }
  if (given?.body !== undefined) {
    list.addJobValue(path, given.body, origin(file, path));
    return given.body;
  }
  if (given?.body_file === undefined) return undefined;
  list.addJobValue(filePath, given.body_file, origin(file, filePath));
  return readText(resolve(folder, given.body_file), filePath.join('.'), problems);
}

function faultOf(header: string, text: string, value: string): Pick<Problem, 'message' | 'hint'> | undefined {
  if (forSecrets.test(header) && text.search(printed) === -1) {
    return { message: 'takes a secret by its name', hint: 'give {{ secrets.NAME }}' };
  }
  return /^[\t\x20-\x7e]*$/.test(value) ? undefined : { message: 'is not the value of a header' };
}

function missingSecret(path: readonly string[], file: ConfigFile, secret: string): Problem {
  return {
    name: path.join('.'),
    origin: origin(file, path),
    message: `names the secret ${secret}, which is not set`,
    hint: `set OPSDECK_JOBS_SECRET_${secret} or OPSDECK_JOBS_SECRET_${secret}_FILE`,
  };
}

function origin(file: ConfigFile, path: readonly string[]): string {
  return file.find(path)?.origin ?? '';
}
