import type { Example } from './example.ts';
import { peopleAnd, peopleFile } from './parts.ts';

/** From LDIF (RFC 2849) with lines that are not wrapped; the first of several values counts, and `::` is base64. */
const awk =
  'awk -F\': \' \'function q(s) { gsub(/"/, "\\"\\"", s); return "\\"" s "\\"" } ' +
  'function put() { if (n) print q(v["uid"]) "," q(v["mail"]) "," q(v["cn"]); n = 0; split("", v) } ' +
  'BEGIN { print "uid,mail,cn" } /^dn::? / { n = 1 } /^$/ { put() } ' +
  '/^[A-Za-z]+::? / { k = tolower($1); b = sub(/:$/, "", k); x = substr($0, index($0, ": ") + 2); ' +
  'if (b) { c = "printf %s \\"" x "\\" | base64 -d"; x = ""; c | getline x; close(c) } ' +
  "if (!(k in v)) v[k] = x } END { put() }'";

export const ldap: Example = {
  title: 'LDAP: accounts of a directory, such as OpenLDAP or Active Directory',
  steps: [
    'In the directory, create an account that may read uid, mail and cn of people and nothing else, and write its password into a file that only cron can read.',
    `Write ldap.csv into the folder sources_dir each day before 07:00, from cron. A search that was cut off (size limit) fails, and leaves the old file:\n  ldapsearch -LLL -x -H ldaps://LDAP.EXAMPLE.ORG -D cn=reader,dc=EXAMPLE,dc=ORG -y ldap.password -b ou=people,dc=EXAMPLE,dc=ORG -o ldif-wrap=no -E '!pr=1000/noprompt' '(objectClass=person)' uid mail cn > ldap.ldif &&\n  ${awk} ldap.ldif > ldap.new && mv ldap.new ldap.csv`,
    peopleFile('ldap_uid'),
    'A file that is older than two days makes the comparison inconclusive. Active Directory: sAMAccountName in place of uid.',
  ],
  comparisons: [
    peopleAnd('ldap_uid', {
      name: 'LDAP: accounts',
      description: 'Accounts whom HR does not know as active.',
      source_b_type: 'CSV',
      source_b_config: { path: 'ldap.csv' },
      key_field_b: 'uid',
      settings: { label: 'cn', show: ['cn', 'mail'], max_age: { b: '2d' } },
    }),
  ],
};
