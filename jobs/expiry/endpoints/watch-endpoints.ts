import type { JobContext } from '../../../src/job/context.ts';
import { count } from '../../../src/text/count.ts';
import { type Day, dayOf } from '../../../src/time/calendar-day.ts';
import type { CertificateSettings } from '../certificate-settings.ts';
import type { Observation } from './ask-endpoint.ts';
import { askEndpoints } from './ask-endpoints.ts';
import { readEndpoint } from './endpoint.ts';
import {
  type ObservationRow,
  readObservations,
  readWantedEndpoints,
  storeObservations,
  type WantedEndpoint,
} from './endpoints.sql.ts';
import { faultsOf } from './judge-endpoint.ts';

/*
 * Before the alerts of certificates: each endpoint is asked which certificate it serves, and the answer is stored in a transaction of
 * its own. Whatever goes wrong at an endpoint is its observation; nothing of it ends the run. An endpoint that was not asked, or did
 * not answer, keeps the last certificate that it served.
 */

/** For all endpoints together; the job's own time limit is longer. */
const wholeMs = 4 * 60_000;

/** How many endpoints a note names. */
const named = 5;

/** What is to be known of the asking, as sentences. */
export async function watchEndpoints(
  context: JobContext<unknown, CertificateSettings>,
): Promise<readonly string[]> {
  const { db, settings, clock, zones, signal, dryRun, progress } = context;
  const { endpoints: wanted, unknown } = await readWantedEndpoints(db, settings.endpoints);
  const notes = unknown.map(
    (name) => `The setting endpoints names '${name}', which is no certificate with an active version.`,
  );
  const asked = [...new Set(wanted.map(({ endpoint }) => endpoint))];
  if (dryRun) {
    if (asked.length > 0) {
      notes.push(
        `A dry run connects to no endpoint: the last observation of ${count(asked.length, 'endpoint')} counts.`,
      );
    }
    return notes;
  }
  const before = await readObservations(db);
  if (asked.length === 0 && before.length === 0) return notes;
  progress('asking endpoints', 0, asked.length);
  // Those that were asked longest ago come first, so that a limit does not always pass over the same ones.
  const last = new Map(before.map((row) => [row.endpoint, row.asked_at]));
  const inTurn = asked.toSorted((a, b) => (last.get(a) ?? '').localeCompare(last.get(b) ?? ''));
  const readable = inTurn.map(readEndpoint).flatMap((one) => ('problem' in one ? [] : [one]));
  const observed = await askEndpoints(readable, { networks: settings.allowed_networks, signal, wholeMs });
  const now = clock.now();
  const today = dayOf(now, zones.business);
  const known = new Map(before.map((row) => [`${row.certificate_id} ${row.endpoint}`, row]));
  const rows = wanted.flatMap((one) => {
    const observation = observed.get(one.endpoint);
    const row = known.get(`${one.certificate_id} ${one.endpoint}`);
    return observation === undefined ? [] : [toRow(one, observation, row, { now, today })];
  });
  await context.transaction((trx) => storeObservations(trx, rows, wanted));
  return [...notes, ...notesOf(asked, observed)];
}

function notesOf(asked: readonly string[], observed: ReadonlyMap<string, Observation>): readonly string[] {
  const some = (endpoints: readonly string[]) =>
    `${endpoints.slice(0, named).join(', ')}${endpoints.length > named ? ` and ${endpoints.length - named} more` : ''}`;
  const notes: string[] = [];
  const failed = asked.flatMap((endpoint) => {
    const one = observed.get(endpoint);
    return one?.kind === 'failed' ? [`${endpoint} (${one.why})`] : [];
  });
  if (failed.length > 0) {
    notes.push(`${count(failed.length, 'endpoint')} served no certificate: ${some(failed)}.`);
  }
  const left = asked.filter((endpoint) => !observed.has(endpoint));
  if (left.length > 0)
    notes.push(`${count(left.length, 'endpoint')} not asked for lack of time: ${some(left)}.`);
  return notes;
}

function toRow(
  { certificate_id, endpoint }: WantedEndpoint,
  observation: Observation,
  before: ObservationRow | undefined,
  { now, today }: { readonly now: Date; readonly today: Day },
): ObservationRow {
  const asked = { certificate_id, endpoint, asked_at: now.toISOString() };
  if (observation.kind !== 'served') {
    const refused = observation.kind === 'refused';
    // A connection that was refused here never failed there.
    const since = before?.refused === refused ? before.failing_since : null;
    return {
      ...(before ?? nothingSeen),
      ...asked,
      failure: observation.why,
      refused,
      failing_since: since ?? today,
    };
  }
  const { certificate } = observation;
  const faults = faultsOf(certificate, now).map((fault) => [fault, before?.faults[fault] ?? today] as const);
  return {
    ...asked,
    failure: null,
    refused: false,
    failing_since: null,
    seen_at: now.toISOString(),
    served_since: (before?.fingerprint === certificate.fingerprint ? before.served_since : null) ?? today,
    fingerprint: certificate.fingerprint,
    name: certificate.name,
    issuer: certificate.issuer,
    not_before: certificate.notBefore.toISOString(),
    not_after: certificate.notAfter.toISOString(),
    trust: certificate.trust,
    name_fits: certificate.nameFits,
    faults: Object.fromEntries(faults),
  };
}

const nothingSeen = {
  seen_at: null,
  served_since: null,
  fingerprint: null,
  name: null,
  issuer: null,
  not_before: null,
  not_after: null,
  trust: null,
  name_fits: null,
  faults: {},
};
