/** The least that a catalog holds; tests add what they are about. */
export function catalogJson(
  content: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    catalog: {
      uuid: '00000000-0000-4000-8000-000000000000',
      metadata: { title: 'House rules', version: '2', 'oscal-version': '1.1.2', ...metadata },
      ...content,
    },
  });
}

/** A control with a statement. */
export function control(id: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    title: `Title of ${id}`,
    parts: [{ id: `${id}_smt`, name: 'statement', prose: `Do ${id}.` }],
    ...more,
  };
}

export function withdrawn(id: string, more: Readonly<Record<string, unknown>> = {}) {
  return { id, title: `Title of ${id}`, props: [{ name: 'status', value: 'Withdrawn' }], ...more };
}
