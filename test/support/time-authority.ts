import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether this machine has it. */
export const openssl = spawnSync('openssl', ['version']).status === 0;
/** A time stamping authority of openssl in a folder of its own. */
export async function makeAuthority() {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-tsa-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const run = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  writeFileSync(
    path('tsa.cnf'),
    `[req]
distinguished_name = name
prompt = no
x509_extensions = stamping
[name]
CN = Time of a test
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = stamp
[stamp]
serial = ${path('serial')}
crypto_device = builtin
signer_cert = ${path('tsa.pem')}
certs = ${path('tsa.pem')}
signer_key = ${path('tsa.key')}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`,
  );
  run(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9'],
    ...['-config', 'tsa.cnf', '-keyout', 'tsa.key', '-out', 'tsa.pem'],
  );
  return {
    reply: (query: Buffer): Buffer => {
      writeFileSync(path('query.tsq'), query);
      run('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr');
      return readFileSync(path('reply.tsr'));
    },
    verify: (digest: string, file: string): string =>
      spawnSync('openssl', ['ts', '-verify', '-digest', digest, '-in', file, '-CAfile', 'tsa.pem'], {
        cwd: folder,
        encoding: 'utf8',
      }).stdout.trim(),
    path,
  };
}
