/** Why a row can never be sent, in stable words, with the sentence that OpsDeck's page shows. */
export const refusals = {
  unknown_channel: 'There is no such channel.',
  no_recipient: 'It has no usable e-mail address.',
  campaign_missing: 'Its campaign does not exist.',
  template_missing: 'It has no template, or its template does not exist.',
  template_inactive: 'Its template is not active.',
} as const;
export type Refusal = keyof typeof refusals;

export interface Adopted {
  readonly adopted: number;
  /** Of the adopted: too old to be sent without a decision. */
  readonly held: number;
  readonly refused: ReadonlyMap<Refusal, number>;
}
