import { spawnSync } from 'node:child_process';

/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;
const sampleLine = new RegExp(
  `^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(${labelPair.source}(?:,${labelPair.source})*)\\})? (\\S+)$`,
);

/** Reads the text format strictly: HELP and TYPE before the samples of a family, no line that is neither, no sample twice. */
export function parsePrometheusText(text: string): readonly Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const samples = new Map<string, Sample>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type?.[1] !== undefined && type[2] !== undefined) {
      if (types.has(type[1])) throw new Error(`a family comes twice: ${line}`);
      types.set(type[1], type[2]);
      continue;
    }
    const match = sampleLine.exec(line);
    const [, name, labelText = ''] = match ?? [];
    const value = match?.at(-1);
    if (name === undefined || value === undefined || Number.isNaN(Number(value))) {
      throw new Error(`no sample: ${line}`);
    }
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    const kind = types.get(family);
    if (kind === undefined) throw new Error(`a sample without TYPE: ${line}`);
    if ((kind === 'histogram') === (family === name)) throw new Error(`not of its type: ${line}`);
    const labels = Object.fromEntries(
      [...labelText.matchAll(new RegExp(labelPair, 'g'))].map(([, key, content]) => [key, content]),
    );
    const key = `${name} ${JSON.stringify(labels)}`;
    if (samples.has(key)) throw new Error(`a sample comes twice: ${line}`);
    samples.set(key, { name, labels, value: Number(value) });
  }
  return [...samples.values()];
}

/** The value of one sample; undefined: it is not there. */
export function sampleValue(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === `opsdeck_jobs_${name}` &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${name} with such labels is there ${found.length} times`);
  return found[0]?.value;
}

/** Capability: Prometheus' own tool (Debian's package `prometheus`) is on the PATH. */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** What `promtool check metrics` has to say; empty: nothing. */
export function checkWithPromtool(text: string): string {
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}${status === 0 ? '' : `exit ${status}`}`;
}
