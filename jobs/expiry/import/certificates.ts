import { sql } from 'kysely';
import { z } from 'zod';
import { type CertificateFacts, otherNames, readPem } from '../../../src/certificates/read-pem.ts';
import { characters, optionalDate, optionalText, quoted, requiredText } from '../../../src/import/cells.ts';
import type { CsvKind, CsvKindOptions } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { tellNamesakesApart, writeCertificates } from './certificates.sql.ts';
import { nameColumn, namedProblems, userOrGroupColumns } from './named-items.ts';
import { optionalOwnerEmail } from './owner-cells.ts';

const longestName = 255;
const longestIssuer = 100;

const optionalPem = z
  .string()
  .optional()
  .transform((text, context): CertificateFacts | null => {
    if (text === undefined || text === '') return null;
    const reading = readPem(text);
    if (!('problem' in reading)) return reading.facts;
    context.issues.push({
      code: 'custom',
      // Whatever stands there may be a key: nothing of it is repeated.
      message: `cannot be used: ${reading.problem}`,
      input: undefined,
    });
    return z.NEVER;
  });

/** What a certificate says itself; with it, a row says none of this. */
const readFromPem = ['expires_on', 'valid_from', 'common_name', 'issuer', 'serial_number'] as const;

const cells = z.object({
  name: optionalText(longestName),
  expires_on: optionalDate,
  type: optionalText(50),
  valid_from: optionalDate,
  common_name: optionalText(255),
  issuer: optionalText(longestIssuer),
  serial_number: optionalText(100),
  pem: optionalPem,
  owner_email: optionalOwnerEmail,
  owner_group: optionalText(100),
  // Of a folder of certificates: where it was read.
  file: z.string().optional(),
});

function rowSchema({ zone, ownerEmail, ownerGroup }: CsvKindOptions) {
  return cells.transform((one, context) => {
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
    for (const cell of pem === null ? [] : readFromPem) {
      if (one[cell] !== null) refuse(cell, 'and pem: give one of them');
    }
    if (one.owner_email !== null && one.owner_group !== null) {
      refuse('owner_email', 'and owner_group: give one of them');
    }
    const owned = one.owner_email !== null || one.owner_group !== null;
    const facts =
      pem === null
        ? { ...one, pem: null }
        : {
            expires_on: storedDay(pem.endsAt, zone),
            valid_from: storedDay(pem.notBefore, zone),
            common_name: pem.commonName,
            issuer: pem.issuer === null ? null : [...pem.issuer].slice(0, longestIssuer).join(''),
            serial_number: pem.serialNumber,
            pem,
          };
    return {
      ...facts,
      name: name ?? '',
      named: one.name !== null,
      type: one.type,
      owner_email: owned ? one.owner_email : (ownerEmail ?? null),
      owner_group: owned ? one.owner_group : (ownerGroup ?? null),
      file: one.file ?? '',
    };
  });
}

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
export const certificates: CsvKind<z.output<ReturnType<typeof rowSchema>>> = {
  name: 'certificates',
  noun: 'certificate',
  identity: 'name',
  columns: [
    nameColumn,
    { name: 'expires_on', required: false, about: 'YYYY-MM-DD; or the certificate in pem' },
    { name: 'pem', required: false, about: 'the certificate and its chain, never its key' },
    { name: 'type', required: false, about: 'such as VPN; empty: SSL/TLS, or as it was' },
    { name: 'valid_from', required: false, about: 'YYYY-MM-DD; empty: not known, or as it was' },
    {
      name: 'common_name',
      required: false,
      about: 'such as www.example.org; empty: not known, or as it was',
    },
    { name: 'issuer', required: false, about: 'who signed it; empty: not known, or as it was' },
    { name: 'serial_number', required: false, about: 'empty: not known, or as it was' },
    ...userOrGroupColumns,
  ],
  row: rowSchema,
  staged: {
    name: 'text not null',
    named: 'boolean not null',
    type: 'text',
    expires_on: 'date not null',
    valid_from: 'date',
    common_name: 'text',
    issuer: 'text',
    serial_number: 'text',
    subject: 'text',
    organisation: 'text',
    pem: 'text',
    leaf: 'text',
    fingerprint: 'text',
    not_before: 'timestamptz',
    not_after: 'timestamptz',
    ends_at: 'timestamptz',
    alt_names: 'text',
    owner_email: 'text',
    owner_group: 'text',
    file: 'text not null',
  },
  stage: (one) => [
    one.name,
    one.named,
    one.type,
    one.expires_on,
    one.valid_from,
    one.common_name,
    one.issuer,
    one.serial_number,
    one.pem?.subject ?? null,
    one.pem?.organisation ?? null,
    one.pem?.chain ?? null,
    one.pem?.leaf ?? null,
    one.pem?.fingerprint ?? null,
    one.pem?.notBefore.toISOString() ?? null,
    one.pem?.notAfter.toISOString() ?? null,
    one.pem?.endsAt.toISOString() ?? null,
    one.pem?.altNames ?? null,
    one.owner_email,
    one.owner_group,
    one.file,
  ],

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
};
