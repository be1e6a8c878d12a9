/** `off`: nothing is sent. `redirect`: every mail goes to one address, the other channels nowhere: for a copy of production. */
export type DeliveryMode =
  | { readonly kind: 'live' | 'off' }
  | { readonly kind: 'redirect'; readonly address: string };
