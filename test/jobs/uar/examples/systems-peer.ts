import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { httpPeer, type Peer, type Received } from '../../../notify/channels/peers.ts';

/*
 * One server that answers as the systems of the examples do, after their public documentation: the shape of the answer, how the next
 * page is named, what a refused login and a limit look like. Each list has 25 people, of whom HR does not know the last two.
 */

export const hosts =
  /https:\/\/(?:graph\.microsoft\.com|login\.microsoftonline\.com|admin\.googleapis\.com|oauth2\.googleapis\.com|COMPANY\.okta\.com|api\.github\.com|slack\.com)/g;

export const secrets = {
  ENTRA: 'entra-s3cret',
  GOOGLE: 'google-s3cret',
  GOOGLE_REFRESH: '1//refresh-s3cret',
  OKTA: '00-okta-s3cret',
  GITHUB: 'github_pat_s3cret',
  SLACK: 'xoxb-s3cret',
} as const;

const people = Array.from({ length: 25 }, (_, index) => ({ index, name: `Person ${index}` }));
const mailOf = (index: number) => `p${index}@example.org`;

const entraUsers = [
  ...people.map(({ index, name }) => ({
    id: `u${index}`,
    displayName: name,
    // Capital letters as people type them.
    userPrincipalName: `P${index}@example.org`,
    mail: `P${index}@example.org`,
    accountEnabled: true,
    userType: index % 2 === 0 ? 'Member' : null,
  })),
  { ...entraAccount('svc-sync', null, 'Member'), accountEnabled: true },
  { ...entraAccount('left', 'left@example.org', 'Member'), accountEnabled: false },
  ...['known', 'unknown'].map((name) => entraAccount(name, `${name}@partner.example`, 'Guest')),
];

function entraAccount(name: string, mail: string | null, userType: string) {
  const userPrincipalName = `${name}#EXT#@example.onmicrosoft.com`;
  return { id: name, displayName: name, userPrincipalName, mail, accountEnabled: true, userType };
}

function roles(kind: string) {
  return people.map(({ index, name }) => ({
    id: `${kind}-${index}`,
    principalId: `u${index}`,
    assignmentType: index === 23 ? 'Activated' : 'Assigned',
    principal: {
      '@odata.type': '#microsoft.graph.user',
      displayName: name,
      userPrincipalName: mailOf(index),
    },
    roleDefinition: { displayName: 'Global Reader' },
  }));
}

const graphLists: Readonly<Record<string, readonly object[]>> = {
  users: entraUsers,
  'roleManagement/directory/roleAssignmentScheduleInstances': roles('active'),
  'roleManagement/directory/roleEligibilityScheduleInstances': roles('eligible').map(
    ({ assignmentType: _, ...one }) => one,
  ),
  servicePrincipals: people.map(({ index, name }) => ({
    id: `sp${index}`,
    appId: `app-${index}`,
    displayName: name,
    accountEnabled: true,
    servicePrincipalType: index === 24 ? 'ManagedIdentity' : 'Application',
    appOwnerOrganizationId:
      index === 23 ? 'f8cdef31-a31e-4b4a-93e4-5f571e91255a' : index === 24 ? null : 'a-tenant',
  })),
};

const size = 10;

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));
}

const bearer = ({ authorization = '' }: IncomingHttpHeaders) => authorization.replace(/^Bearer /, '');

/** @param base where the server is, for the addresses of next pages */
function answer(base: string, response: ServerResponse, request: Received, first: boolean): void {
  const url = new URL(request.path, base);
  const { pathname, searchParams: query } = url;
  const from = Number(query.get('$skiptoken') ?? query.get('pageToken') ?? query.get('after') ?? 0);
  const nextUrl = (name: string, value: number) => {
    const next = new URL(url);
    next.searchParams.set(name, String(value));
    return next.href;
  };
  const token = bearer(request.headers);
  const form = new URLSearchParams(request.body);
  if (pathname === '/TENANT-ID/oauth2/v2.0/token') {
    const right =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_secret') === secrets.ENTRA &&
      form.get('scope')?.endsWith('/.default') === true;
    if (right) json(response, 200, { token_type: 'Bearer', expires_in: 3599, access_token: 'graph-token' });
    else json(response, 401, { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid.' });
  } else if (pathname.startsWith('/v1.0/')) {
    const list = graphLists[pathname.slice('/v1.0/'.length)] ?? [];
    if (token !== 'graph-token') json(response, 401, { error: { code: 'InvalidAuthenticationToken' } });
    else if (first && from > 0)
      json(response, 429, { error: { code: 'TooManyRequests' } }, { 'retry-after': '0' });
    else
      json(response, 200, {
        '@odata.context': `${base}/v1.0/$metadata#list`,
        value: list.slice(from, from + size),
        ...(from + size < list.length ? { '@odata.nextLink': nextUrl('$skiptoken', from + size) } : {}),
      });
  } else if (pathname === '/token') {
    const right =
      form.get('refresh_token') === secrets.GOOGLE_REFRESH && form.get('client_secret') === secrets.GOOGLE;
    if (right) json(response, 200, { access_token: 'google-token', expires_in: 3599, token_type: 'Bearer' });
    else json(response, 400, { error: 'invalid_grant' });
  } else if (pathname === '/admin/directory/v1/users') {
    const users = people.map(({ index, name }) => ({
      primaryEmail: mailOf(index),
      name: { fullName: name },
      suspended: index === 23,
      isAdmin: index === 0,
      isDelegatedAdmin: false,
      isEnrolledIn2Sv: true,
      lastLoginTime: '1970-01-01T00:00:00.000Z',
    }));
    if (token !== 'google-token') json(response, 401, { error: { code: 401, status: 'UNAUTHENTICATED' } });
    else
      json(response, 200, {
        kind: 'admin#directory#users',
        users: users.slice(from, from + size),
        ...(from + size < users.length ? { nextPageToken: String(from + size) } : {}),
      });
  } else if (pathname === '/api/v1/users') {
    okta(response, request, { from, first, self: url.href, next: nextUrl('after', from + size) });
  } else if (pathname.startsWith('/orgs/ORGANIZATION/')) {
    github(response, token, first, url);
  } else if (pathname === '/api/users.list') {
    slack(response, token, query.get('cursor') ?? '');
  } else json(response, 404, { message: 'Not Found' });
}

function okta(
  response: ServerResponse,
  { headers }: Received,
  page: { readonly from: number; readonly first: boolean; readonly self: string; readonly next: string },
): void {
  if (headers.authorization !== `SSWS ${secrets.OKTA}`) {
    json(response, 401, { errorCode: 'E0000011', errorSummary: 'Invalid token provided' });
    return;
  }
  if (page.first && page.from > 0) {
    const reset = String(Math.floor(Date.now() / 1000) - 2);
    const limits = {
      'x-rate-limit-limit': '600',
      'x-rate-limit-remaining': '0',
      'x-rate-limit-reset': reset,
    };
    json(response, 429, { errorCode: 'E0000047' }, limits);
    return;
  }
  const users = people.map(({ index, name }) => ({
    id: `00u${index}`,
    status: index === 23 ? 'DEPROVISIONED' : 'ACTIVE',
    lastLogin: null,
    profile: {
      login: mailOf(index),
      email: index === 0 ? ' ' : mailOf(index),
      firstName: name,
      lastName: 'X',
    },
  }));
  // Two lines of one header.
  const link = [
    `<${page.self}>; rel="self"`,
    ...(page.from + size < users.length ? [`<${page.next}>; rel="next"`] : []),
  ];
  json(response, 200, users.slice(page.from, page.from + size), { link });
}

function github(response: ServerResponse, token: string, first: boolean, url: URL): void {
  if (token !== secrets.GITHUB) {
    json(response, 401, { message: 'Bad credentials', status: '401' });
    return;
  }
  const number = Number(url.searchParams.get('page') ?? 1);
  if (first && number === 2) {
    const reset = String(Math.floor(Date.now() / 1000) - 2);
    json(
      response,
      403,
      { message: 'API rate limit exceeded' },
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
    );
    return;
  }
  const all = people.map(({ index }) => ({
    login: `Login-${index}`,
    id: index,
    type: 'User',
    html_url: `https://github.com/Login-${index}`,
  }));
  const list =
    url.searchParams.get('role') === 'admin'
      ? all.slice(0, 3)
      : url.pathname.endsWith('outside_collaborators')
        ? all.slice(20)
        : all;
  const at = (page: number) => {
    const other = new URL(url);
    other.searchParams.set('page', String(page));
    return other.href;
  };
  const last = Math.ceil(list.length / size);
  const link =
    last === 1
      ? {}
      : number < last
        ? { link: `<${at(number + 1)}>; rel="next", <${at(last)}>; rel="last"` }
        : { link: `<${at(number - 1)}>; rel="prev", <${at(1)}>; rel="first"` };
  json(response, 200, list.slice((number - 1) * size, number * size), link);
}

function slack(response: ServerResponse, token: string, cursor: string): void {
  if (token !== secrets.SLACK) {
    json(response, 200, { ok: false, error: 'invalid_auth' });
    return;
  }
  const from = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString());
  const account = { team_id: 'T1', deleted: false, is_bot: false };
  const rights = { is_admin: false, is_owner: false, is_restricted: false };
  const members = [
    ...people.map(({ index, name }) => ({
      ...account,
      id: `U${index}`,
      name: `p${index}`,
      ...(index === 23 ? { deleted: true } : rights),
      profile: { real_name: name, email: mailOf(index) },
    })),
    { ...account, id: 'USLACKBOT', name: 'slackbot', profile: { real_name: 'Slackbot' } },
    { ...account, id: 'B1', name: 'deploy-bot', is_bot: true, profile: { real_name: 'Deploy' } },
  ];
  const next = from + size < members.length ? Buffer.from(String(from + size)).toString('base64') : '';
  json(response, 200, {
    ok: true,
    members: members.slice(from, from + size),
    cache_ts: 1,
    response_metadata: { next_cursor: next },
  });
}

/** The first request for each address counts as the one that meets the limit. */
export async function systemsPeer(): Promise<Peer> {
  const asked = new Set<string>();
  const peer = await httpPeer((response, request) => {
    const first = !asked.has(request.path);
    asked.add(request.path);
    answer(`http://${request.headers.host}`, response, request, first);
  });
  return peer;
}
