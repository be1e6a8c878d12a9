import type { OAuthFault } from './oauth.ts';

/** What an operator must do, by the code of a refusal: those of RFC 6749 (5.2), and Microsoft's numbers. */
const usualSteps: Readonly<Record<string, string>> = {
  AADSTS7000215: "the client secret is wrong: give the secret's value, not its id",
  AADSTS7000222: 'the client secret has expired: add a new one to the application',
  AADSTS700016: 'the tenant has no application with this client id',
  AADSTS90002: 'there is no such tenant',
  AADSTS900023: 'there is no such tenant',
  AADSTS500011: 'the tenant has no API with the address in the scope',
  AADSTS70011: 'the scope must be the address of the API followed by /.default',
  AADSTS1002012: 'the scope must be the address of the API followed by /.default',
  invalid_grant: 'the refresh token has ended or was revoked: consent again',
  invalid_client: 'the client id or the client secret is wrong',
  invalid_scope: 'the scope is wrong, or the client may not have it',
  unauthorized_client: 'the application may not use this grant',
  unsupported_grant_type: 'the token endpoint does not offer this grant',
};

/**
 * Why there is no token, with the step that is missing.
 *
 * @param special steps that go before the usual ones
 */
export function oauthFaultWords(
  { message, codes }: OAuthFault,
  special: Readonly<Record<string, string>> = {},
): string {
  // The more special code comes last in a fault.
  const step = codes.toReversed().flatMap((code) => special[code] ?? usualSteps[code] ?? [])[0];
  return step === undefined ? message : `${message}; ${step}`;
}
