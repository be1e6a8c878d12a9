import { lookup } from 'node:dns';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { ReportBlock } from '../../../src/job/report.ts';
import { dayInWords, dayOf, daysBetween, distanceInWords } from '../../../src/time/calendar-day.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { askEndpoint, type ServedCertificate } from '../endpoints/ask-endpoint.ts';
import { readEndpoint } from '../endpoints/endpoint.ts';
import { faultInWords, faultsOf, validityFault } from '../endpoints/judge-endpoint.ts';

/** Without a database there is no business zone. */
const zone = 'UTC';
const answerMs = 10_000;

/**
 * `expiry probe HOST:PORT`: what is served now. It needs no database, and stores nothing. Whoever types it on this host may ask private
 * networks; link-local addresses and metadata services are refused.
 *
 * @throws OperatorError exit 2: `invalid_endpoint`
 */
export async function probeEndpoint(
  io: Io,
  _globals: GlobalOptions,
  typed: string,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const endpoint = readEndpoint(typed);
  if ('problem' in endpoint) {
    throw usage(
      `'${typed}' ${endpoint.problem}.`,
      'Give a host and a port, such as www.example.org:443.',
      'invalid_endpoint',
    );
  }
  const { signal } = new AbortController();
  const observed = await askEndpoint(endpoint, { networks: 'all', lookup, timeoutMs: answerMs, signal });
  const now = systemClock.now();
  const served = observed.kind === 'served' ? observed.certificate : null;
  const failure = observed.kind === 'served' ? null : observed.why;
  const problems =
    served === null
      ? [`${observed.kind === 'refused' ? 'was not asked' : 'served no certificate'}: ${failure}`]
      : wrongOf(served, now);
  if (options.json === true) {
    writeJson(io, {
      endpoint: endpoint.text,
      asked_at: now.toISOString(),
      certificate: served === null ? null : toDocument(served),
      problems,
    });
  } else {
    printReport(io, [
      ...(served === null ? [] : describe(endpoint.text, served, now)),
      ...problems.map(
        (problem): ReportBlock => ({ kind: 'line', text: `${endpoint.text} ${problem}.`, tone: 'bad' }),
      ),
      ...(problems.length === 0
        ? [{ kind: 'line', text: 'This host trusts the certificate, and its name fits.' } as const]
        : []),
    ]);
  }
  return problems.length === 0 ? ExitCode.ok : ExitCode.found;
}

function wrongOf(served: ServedCertificate, now: Date): readonly string[] {
  const byDate = validityFault(served, now, zone);
  return [
    ...(byDate === null ? [] : [byDate]),
    ...faultsOf(served, now).map((fault) => faultInWords(fault, served)),
  ];
}

function describe(
  endpoint: string,
  { name, issuer, fingerprint, ...served }: ServedCertificate,
  now: Date,
): ReportBlock[] {
  const [from, to] = [served.notBefore, served.notAfter].map((at) => dayOf(at, zone));
  const left = daysBetween(dayOf(now, zone), to ?? '');
  return [
    { kind: 'heading', text: `${endpoint}: ${name ?? 'a certificate without a name'}` },
    { kind: 'line', text: `Issued by ${issuer ?? 'an authority without a name'}` },
    {
      kind: 'line',
      text: `Valid from ${dayInWords(from ?? '')} to ${dayInWords(to ?? '')} (${zone}), ${distanceInWords(left)}`,
    },
    { kind: 'line', text: `SHA-256 ${fingerprint}` },
  ];
}

function toDocument({ notBefore, notAfter, trust, nameFits, ...served }: ServedCertificate) {
  return {
    ...served,
    not_before: notBefore.toISOString(),
    not_after: notAfter.toISOString(),
    trusted: trust === null,
    name_fits: nameFits,
  };
}
