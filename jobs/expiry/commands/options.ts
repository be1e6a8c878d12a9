/** The argument of the commands about one item. */
export const item = ['<item>', 'kind, and number or name, such as certificate:12'] as const;
