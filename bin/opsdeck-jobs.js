#!/usr/bin/env node
// Only syntax that an old Node can parse too: it must get as far as the sentence below.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `opsdeck-jobs: Node ${process.versions.node} is too old.\nNext: Install Node 20.19 or newer.\n`,
  );
  process.exit(2);
}

import('../dist/opsdeck-jobs.js').then(
  (program) => program.main(),
  (error) => {
    if (error.code === 'EMFILE') {
      process.stderr.write(
        `opsdeck-jobs: The program cannot open ${error.path}: the limit of open files is reached. [open_files_limit]\nNext: Raise the limit (ulimit -n, LimitNOFILE= of the systemd unit) to 1024 and run it again.\n`,
      );
      process.exitCode = 6;
      return;
    }
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(
      "opsdeck-jobs: The program is not built.\nNext: Run 'npm run build' in its folder.\n",
    );
    process.exitCode = 2;
  },
);
