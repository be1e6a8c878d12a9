import { allCommands, type CommandWords, type OptionWords, type ValueWords } from './command-words.ts';
import type { Shell } from './shells.ts';

/**
 * The script that completes the program's commands, options and their words, and the names of jobs. All of it is in the script: no
 * key press starts the program or opens a database.
 *
 * Both shells run the same steps: walk the words before the cursor to find the command, then offer what may follow it. Words hold
 * only letters, digits, `-` and `_`; descriptions, which only zsh shows, are quoted.
 */
export function completion(shell: Shell, program: CommandWords, jobs: readonly string[]): string {
  const commands = allCommands(program);
  const global = program.options;
  return shell === 'bash' ? bash(commands, global, jobs) : zsh(commands, global, jobs);
}

function bash(
  commands: readonly CommandWords[],
  global: readonly OptionWords[],
  jobs: readonly string[],
): string {
  const lookups = lookupFunctions(commands, global, {
    verbs: (verbs) => quote(verbs.map(lastWord).join(' ')),
    options: (options) => quote(options.flatMap(({ names }) => names).join(' ')),
    valued: (names) => quote(names.join(' ')),
  });
  return `# Completion of opsdeck-jobs for bash. For one user: write it to
# ~/.local/share/bash-completion/completions/opsdeck-jobs
${lookups}

_opsdeck_jobs_offer() {
  case $1 in
    @file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    @job) mapfile -t COMPREPLY < <(compgen -W ${quote(jobs.join(' '))} -- "$2") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2") ;;
  esac
}

_opsdeck_jobs() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} place='' word index skip=0
  local verbs options valued argument value=''
  COMPREPLY=()
  _opsdeck_jobs_at ''
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((skip)); then
      skip=0
    elif [[ $word == -* ]]; then
      if [[ " $valued " == *" $word "* ]]; then skip=1; fi
    elif [[ " $verbs " == *" $word "* ]]; then
      place="\${place:+$place }$word"
      _opsdeck_jobs_at "$place"
    fi
  done
  if ((skip)); then
    _opsdeck_jobs_value "$place $before"
    _opsdeck_jobs_offer "$value" "$current"
  elif [[ $current == -* ]]; then
    _opsdeck_jobs_offer "$options" "$current"
  else
    _opsdeck_jobs_offer "\${verbs:-$argument}" "$current"
  fi
}
complete -F _opsdeck_jobs opsdeck-jobs
`;
}

function zsh(
  commands: readonly CommandWords[],
  global: readonly OptionWords[],
  jobs: readonly string[],
): string {
  const lookups = lookupFunctions(commands, global, {
    verbs: (verbs) => list(verbs.map((verb) => described(lastWord(verb), verb.description))),
    options: (options) =>
      list(options.flatMap(({ names, description }) => names.map((name) => described(name, description)))),
    valued: list,
  });
  return `#compdef opsdeck-jobs
# Completion of opsdeck-jobs for zsh: write it as _opsdeck-jobs to a folder of $fpath.
${lookups}

_opsdeck_jobs_offer() {
  case $1 in
    '') ;;
    @file) _files ;;
    @job) compadd -- ${jobs.join(' ')} ;;
    *) compadd -- \${=1} ;;
  esac
}

_opsdeck-jobs() {
  local place='' word argument value='' index skip=0
  local -a verbs options valued names
  _opsdeck_jobs_at ''
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    names=(\${verbs%%:*})
    if ((skip)); then
      skip=0
    elif [[ $word == -* ]]; then
      if ((\${valued[(Ie)$word]})); then skip=1; fi
    elif ((\${names[(Ie)$word]})); then
      place="\${place:+$place }$word"
      _opsdeck_jobs_at "$place"
    fi
  done
  if ((skip)); then
    _opsdeck_jobs_value "$place \${words[CURRENT-1]}"
    _opsdeck_jobs_offer "$value"
  elif [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  elif ((\${#verbs})); then
    _describe command verbs
  else
    _opsdeck_jobs_offer "$argument"
  fi
}

if [[ $funcstack[1] == _opsdeck-jobs ]]; then
  _opsdeck-jobs "$@"
else
  compdef _opsdeck-jobs opsdeck-jobs
fi
`;
}

/** How a shell writes the values of its variables. */
interface ShellValues {
  readonly verbs: (commands: readonly CommandWords[]) => string;
  readonly options: (options: readonly OptionWords[]) => string;
  readonly valued: (names: readonly string[]) => string;
}

/** The functions by which both scripts look up what may follow a command, and what an option takes. */
function lookupFunctions(
  commands: readonly CommandWords[],
  global: readonly OptionWords[],
  values: ShellValues,
): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command, global);
    return [
      `    ${quote(command.path.join(' '))})`,
      `      verbs=${values.verbs(command.commands)}`,
      `      options=${values.options(options)}`,
      `      valued=${values.valued(valuedOf(options))}`,
      `      argument=${quote(command.argument === null ? '' : wordsOf(command.argument))}`,
      '      ;;',
    ].join('\n');
  });
  return `_opsdeck_jobs_at() {
  case $1 in
${cases.join('\n')}
    *) return 1 ;;
  esac
}

_opsdeck_jobs_value() {
  case $1 in
${valueCases(commands, '  ')}
  esac
}`;
}

function list(words: readonly string[]): string {
  return `(${words.join(' ')})`;
}

/** What a valued option takes, where it can be offered. Options of every command may stand behind each. */
function valueCases(commands: readonly CommandWords[], indent: string): string {
  const rows = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      value === null || value.kind === 'other'
        ? []
        : names.map((name) => ({
            pattern: path.length === 0 ? `*' ${name}'` : quote(`${path.join(' ')} ${name}`),
            words: wordsOf(value),
          })),
    ),
  );
  return rows.map(({ pattern, words }) => `${indent}  ${pattern}) value=${quote(words)} ;;`).join('\n');
}

function optionsOf(command: CommandWords, global: readonly OptionWords[]): readonly OptionWords[] {
  const own = new Set(command.options.flatMap(({ names }) => names));
  return [...command.options, ...global.filter(({ names }) => !names.some((name) => own.has(name)))];
}

function valuedOf(options: readonly OptionWords[]): readonly string[] {
  return options.flatMap(({ names, value }) => (value === null ? [] : names));
}

/** `@file` and `@job` stand for what only the shell, or the list of jobs, knows. */
function wordsOf(value: ValueWords): string {
  if (value.kind === 'words') return value.words.filter((word) => /^[\w-]+$/.test(word)).join(' ');
  return value.kind === 'other' ? '' : `@${value.kind}`;
}

function lastWord({ path }: CommandWords): string {
  return path.at(-1) ?? '';
}

function described(name: string, description: string): string {
  return quote(`${name}:${description}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
