import { expect, it } from 'vitest';
import { sharedRead } from '../../src/http/shared-read.ts';

function controlled() {
  let calls = 0;
  const answers: PromiseWithResolvers<number>[] = [];
  const read = () => {
    calls += 1;
    const answer = withResolvers<number>();
    answers.push(answer);
    return answer.promise;
  };
  return { read, answers, calls: () => calls };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { promise, resolve, reject };
}

it('callers share one read and its result, until it is too old', async () => {
  let at = 0;
  const { read, answers, calls } = controlled();
  const shared = sharedRead(read, { keepMs: 100, limitMs: 60_000, monotonic: () => at });
  const both = Promise.all([shared(), shared()]);
  answers[0]?.resolve(7);
  expect(await both).toEqual([
    { kind: 'read', value: 7 },
    { kind: 'read', value: 7 },
  ]);
  at = 99;
  expect(await shared()).toEqual({ kind: 'read', value: 7 });
  expect(calls()).toBe(1);
  at = 100;
  const again = shared();
  answers[1]?.resolve(8);
  expect(await again).toEqual({ kind: 'read', value: 8 });
});

it('a read that hangs makes no reader wait longer than the limit, and is not asked again; its answer is for those who come later', async () => {
  const { read, answers, calls } = controlled();
  const shared = sharedRead(read, { keepMs: 100, limitMs: 1, monotonic: () => 0 });
  expect(await shared()).toEqual({ kind: 'late' });
  expect(await shared()).toEqual({ kind: 'late' });
  expect(calls()).toBe(1);
  answers[0]?.resolve(9);
  await answers[0]?.promise;
  expect(await shared()).toEqual({ kind: 'read', value: 9 });
});

it('a failure is kept as long as a value: a broken database is not asked with every call', async () => {
  let at = 0;
  const { read, answers, calls } = controlled();
  const shared = sharedRead(read, { keepMs: 100, limitMs: 60_000, monotonic: () => at });
  const first = shared();
  answers[0]?.reject(new Error('no'));
  expect(await first).toMatchObject({ kind: 'failed' });
  at = 50;
  expect(await shared()).toMatchObject({ kind: 'failed' });
  expect(calls()).toBe(1);
  at = 100;
  const second = shared();
  answers[1]?.resolve(1);
  expect(await second).toEqual({ kind: 'read', value: 1 });
});
