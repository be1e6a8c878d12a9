/** The role of `docs/grants.sql` as the suites of the jobs have it: no test that is about roles uses it. */
export const suiteRunner = 'suite_runner';

/** The role that may delete, as the suite of data-retention has it. */
export const suiteRetention = 'suite_retention';
