import { expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { findJob } from '../../src/job/find-job.ts';
import { readParams } from '../../src/job/read-params.ts';
import { testJob } from '../support/runner.ts';

it('parameters get the types of the job', () => {
  expect(readParams(testJob(), ['limit=3', 'area=a=b'])).toEqual({ limit: 3, area: 'a=b' });
  expect(readParams(testJob(), [])).toEqual({});
});

it('every problem is reported at once, with the nearest name and the ones that there are', () => {
  const read = () => readParams(testJob(), ['limt=3', 'area', 'limit=0', 'area=x', 'area=y', '=z']);
  expect(read).toThrow(expect.objectContaining({ code: 'invalid_params', exitCode: 2 }));
  expect(read).toThrow("there is no 'limt' (did you mean 'limit'?)");
  expect(read).toThrow("'area' is not name=value");
  expect(read).toThrow("'area' is given twice");
  expect(read).toThrow("'=z' is not name=value");
  expect(read).toThrow("'limit' is '0': ");
  expect(read).toThrow(expect.objectContaining({ next: expect.stringContaining('are: limit, area.') }));
});

it.each([
  ['3', 3],
  ['2147483647', 2147483647],
])('the framework %s of the drift job is a number', (text, framework) => {
  expect(readParams(findJob('compliance-drift', jobs), [`framework=${text}`])).toEqual({ framework });
});

it.each(['0x1', '1e1', '', ' 3', '3.0', '-1', '+1', '0', '2147483648', 'true'])(
  'the framework %j of the drift job is refused: only plain digits are an id',
  (text) => {
    const read = () => readParams(findJob('compliance-drift', jobs), [`framework=${text}`]);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_params', exitCode: 2 }));
  },
);

it('an unknown job is refused with the nearest name and the list', () => {
  expect(() => findJob('compliance-drif', jobs)).toThrow(
    expect.objectContaining({ code: 'unknown_job', exitCode: 2 }),
  );
  expect(() => findJob('compliance-drif', jobs)).toThrow("did you mean 'compliance-drift'?");
});
