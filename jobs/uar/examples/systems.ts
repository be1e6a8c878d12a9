/** The systems that there is an example for; apart from the examples, which only their command loads. */
export const systems = ['entra', 'google', 'okta', 'github', 'slack', 'aws', 'ldap'] as const;
export type System = (typeof systems)[number];
