import { z } from 'zod';
import { issueWords } from '../../src/errors/issue-words.ts';
import { nearest } from '../../src/text/suggest.ts';

/** As {@link issueWords}; of a key that an object does not know, with those that it knows. */
export const keyWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return issueWords(issue);
  const known = Object.keys(issue.inst.shape);
  const [first, ...others] = issue.keys;
  const meant = first === undefined || others.length > 0 ? undefined : nearest(first, known);
  return [
    `unrecognized ${others.length === 0 ? 'key' : 'keys'}: ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`,
    ...(meant === undefined ? [] : [`did you mean ${JSON.stringify(meant)}?`]),
    `known keys: ${known.join(', ')}`,
  ].join('; ');
};
