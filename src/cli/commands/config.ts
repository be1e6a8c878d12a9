import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { json, showFormat } from './options.ts';

const [format, asJson] = showFormat;

export const configShow = () =>
  new Command('show')
    .description('Print the effective values and the source of each; secrets are masked')
    .addOption(format)
    .addOption(asJson)
    .addHelpText('after', examples('config show'));

export const configSchema = () =>
  new Command('schema')
    .description('Print the JSON Schema of the configuration file')
    .addHelpText('after', examples('config schema > opsdeck-jobs.schema.json'));

export const configCheck = () =>
  new Command('check')
    .description('Check the environment, .env, configuration file, secret files and job files')
    .argument('[file]', 'the configuration file to check instead of the usual one')
    .addOption(json)
    .addHelpText('after', examples('config check', 'config check opsdeck-jobs.json --json'));
