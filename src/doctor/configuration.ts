import type { LoadedConfig } from '../config/load.ts';
import { misspellingWords } from '../config/misspelt.ts';
import { type Problem, problemWords } from '../config/problem.ts';
import type { BrokenJobFile } from '../job/user-jobs/load-user-jobs.ts';
import { type CheckedSubject, note, problem, warning } from './finding.ts';

/** What is read without any database. */
export function checkConfiguration(
  { misspellings, config }: LoadedConfig,
  problems: readonly Problem[],
  brokenJobs: readonly BrokenJobFile[],
): CheckedSubject {
  return {
    subject: 'configuration',
    findings: [
      ...problems.map((one) =>
        problem(
          `${problemWords(one)}.`,
          `Correct ${one.name}; \`opsdeck-jobs config check\` reads all of it.`,
        ),
      ),
      ...brokenJobs.map(({ file, reason }) =>
        problem(`${file} was not loaded: ${reason}.`, `Correct ${file}.`),
      ),
      ...misspellings.map((one) => warning(misspellingWords(one), 'Rename the variable, or unset it.')),
      ...(config.delivery.kind === 'live'
        ? []
        : [
            note(
              `Messages do not reach their recipients: delivery is ${config.delivery.kind}.`,
              'Set OPSDECK_JOBS_DELIVERY=live.',
            ),
          ]),
      ...config.switchedOff.map((channel) =>
        note(
          `Messages by ${channel} wait: the channel is switched off.`,
          `Set channels.${channel} to "on" in the configuration file.`,
        ),
      ),
    ],
  };
}
