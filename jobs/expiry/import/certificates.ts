import { sql } from 'kysely';
import { z } from 'zod';
import { otherNames } from '../../../src/certificates/compare-names.ts';
import { type CertificateFacts, readPem } from '../../../src/certificates/read-pem.ts';
import { characters, optionalDate, optionalText, quoted, requiredText } from '../../../src/import/cells.ts';
import { type CsvKindOptions, column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { storedEnds } from '../certificate-readings.sql.ts';
import { readEndpoint } from '../endpoints/endpoint.ts';
import { tellNamesakesApart, writeCertificates } from './certificates.sql.ts';
import { namedProblems, userOrGroupColumns } from './named-items.ts';

const longestName = 255;
const longestIssuer = 100;

const optionalPem = z
  .string()
  .optional()
  .transform((text, context): CertificateFacts | null => {
    if (text === undefined || text === '') return null;
    const reading = readPem(text);
    // Whatever stands there may be a key: nothing of it is repeated.
    const refuse = (message: string) => {
      context.issues.push({ code: 'custom', message: `cannot be used: ${message}`, input: undefined });
      return z.NEVER;
    };
    if ('problem' in reading) return refuse(reading.problem);
    const [facts, ...others] = reading.certificates;
    if (others.length > 0) {
      return refuse(
        `it holds ${others.length + 1} certificates that do not belong together: give each a row`,
      );
    }
    return facts.notBefore < facts.notAfter ? facts : refuse('it ends before it begins');
  });

const optionalEndpoint = optionalText(300).transform((typed, context): string | null => {
  if (typed === null) return null;
  const read = readEndpoint(typed);
  if (!('problem' in read)) return read.text;
  context.issues.push({ code: 'custom', message: `'${typed}' ${read.problem}`, input: undefined });
  return z.NEVER;
});

/** What a certificate says itself; with it, a row says none of this. */
const readFromPem = ['expires_on', 'valid_from', 'common_name', 'issuer', 'serial_number'] as const;

const cells = z.object({
  name: column('text', optionalText(longestName), 'which one it is', true),
  expires_on: column('date', optionalDate, 'YYYY-MM-DD; or the certificate in pem'),
  pem: column('text', optionalPem, 'the certificate and its chain, never its key'),
  type: column('text', optionalText(50), 'such as VPN; empty: SSL/TLS, or as it was'),
  valid_from: column('date', optionalDate, 'YYYY-MM-DD; empty: not known, or as it was'),
  common_name: column('text', optionalText(255), 'such as www.example.org; empty: not known, or as it was'),
  issuer: column('text', optionalText(longestIssuer), 'who signed it; empty: not known, or as it was'),
  serial_number: column('text', optionalText(100), 'empty: not known, or as it was'),
  endpoint: column('text', optionalEndpoint, 'where it is served: HOST:PORT or smtp+starttls:HOST:PORT'),
  ...userOrGroupColumns,
});

/** Of a folder of certificates: where a row was read. No column of a CSV file. */
const place = { file: z.string().optional() };

function row(columns: typeof cells, { zone, ownerEmail, ownerGroup }: CsvKindOptions) {
  return columns.extend(place).transform((one, context) => {
    const refuse = (cell: string, message: string) =>
      context.issues.push({ code: 'custom', path: [cell], message, input: undefined });
    const { pem } = one;
    const name = one.name ?? nameOf(pem);
    if (name === null) {
      refuse(
        'name',
        pem === null
          ? 'is empty'
          : 'is empty, and the certificate has none: import it from a CSV file with the columns name and pem',
      );
    } else if (!requiredText(longestName).safeParse(name).success) {
      refuse('name', `of the certificate has ${characters(name)} characters, ${longestName} are allowed`);
    }
    if (pem === null && one.expires_on === null)
      refuse('expires_on', 'is empty: give it, or the certificate in pem');
    if (one.valid_from !== null && one.expires_on !== null && one.valid_from >= one.expires_on) {
      refuse('valid_from', `is ${one.valid_from}, which is not before expires_on`);
    }
    for (const cell of pem === null ? [] : readFromPem) {
      if (one[cell] !== null) refuse(cell, 'and pem: give one of them');
    }
    if (one.owner_email !== null && one.owner_group !== null) {
      refuse('owner_email', 'and owner_group: give one of them');
    }
    const owned = one.owner_email !== null || one.owner_group !== null;
    const facts =
      pem === null
        ? {
            expires_on: one.expires_on,
            valid_from: one.valid_from,
            common_name: one.common_name,
            issuer: one.issuer,
            serial_number: one.serial_number,
            ...noPem,
          }
        : {
            expires_on: storedDay(pem.notAfter, zone),
            valid_from: storedDay(pem.notBefore, zone),
            common_name: pem.commonName,
            issuer: pem.issuer === null ? null : [...pem.issuer].slice(0, longestIssuer).join(''),
            serial_number: pem.serialNumber,
            subject: pem.subject,
            organisation: pem.organisation,
            pem: pem.chain,
            leaf: pem.leaf,
            fingerprint: pem.fingerprint,
            not_before: pem.notBefore.toISOString(),
            not_after: pem.notAfter.toISOString(),
            ends: JSON.stringify(storedEnds([pem])),
            alt_names: pem.altNames,
          };
    return {
      ...facts,
      name: name ?? '',
      named: one.name !== null,
      type: one.type,
      endpoint: one.endpoint,
      owner_email: owned ? one.owner_email : (ownerEmail ?? null),
      owner_group: owned ? one.owner_group : (ownerGroup ?? null),
      file: one.file ?? '',
    };
  });
}

/** Of a row that brings no certificate. */
const noPem = {
  subject: null,
  organisation: null,
  pem: null,
  leaf: null,
  fingerprint: null,
  not_before: null,
  not_after: null,
  ends: null,
  alt_names: null,
};

/** What never ends, ends at the end of 9999 in UTC (RFC 5280), which is a year later to the east of it. */
function storedDay(instant: Date, zone: string): string {
  const day = dayOf(instant, zone);
  return day.length > 10 ? '9999-12-31' : day;
}

function nameOf(pem: CertificateFacts | null): string | null {
  return pem === null ? null : (pem.commonName ?? otherNames(pem.altNames)[0] ?? pem.organisation);
}

/**
 * Rows of `certificates`, by name, with one active version each. Certificates that are read from PEM files and have no name here are
 * known by what stands in them: the same certificate is found under whatever name it has; another one of the same name that ends
 * later is its renewal, a new version that replaces the active one; one that ends earlier is left alone.
 */
export const certificates = defineCsvKind({
  name: 'certificates',
  cells: () => cells,
  computed: {
    named: 'boolean',
    subject: 'text',
    organisation: 'text',
    leaf: 'text',
    fingerprint: 'text',
    not_before: 'timestamptz',
    not_after: 'timestamptz',
    ends: 'text',
    alt_names: 'text',
    file: 'text',
  },
  row,

  async problems(trx) {
    await tellNamesakesApart(trx);
    return namedProblems(trx, {
      table: 'certificates',
      many: 'certificates',
      groups: true,
      unnamed: sql`not named`,
      more: {
        // A renewal has the same subject; roots and devices may share a common name and be different things.
        query: sql`
          select line, 'namesake', name, first_file
            from (select *, first_value(subject) over same as first_subject, first_value(file) over same as first_file
                    from ${staged} where not named
                  window same as (partition by name order by line)) r
           where subject <> first_subject`,
        sentence: ({ subject, detail }) =>
          `its name ${quoted(subject)} is also that of ${detail}, which is about something else: name them in a CSV file with the columns name and pem`,
      },
    });
  },

  write: (trx, { now }) => writeCertificates(trx, now),
});
