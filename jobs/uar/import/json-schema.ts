import { z } from 'zod';
import { sourceConfigs } from '../sources/source-configs.ts';
import { comparisonShape } from './comparison-file.ts';

const options = { io: 'input', unrepresentable: 'any' } as const;

/** What `uar schema` prints: JSON Schema, draft 2020-12, of the file that `uar import` reads. */
export function comparisonFileJsonSchema() {
  const { $schema, ...comparison } = z.toJSONSchema(comparisonShape, options);
  return {
    $schema,
    title: 'Comparisons of access reviews',
    type: 'array',
    minItems: 1,
    items: { ...comparison, allOf: ['a', 'b'].flatMap(configsOf) },
  };
}

/** The configuration of a side has the form of its type. */
function configsOf(side: string) {
  const [type, config] = [`source_${side}_type`, `source_${side}_config`];
  return Object.entries(sourceConfigs).map(([name, schema]) => {
    const { $schema: _, ...form } = z.toJSONSchema(schema, options);
    // Without a required key it may be left out.
    const needed = Array.isArray(form.required) && form.required.length > 0;
    const otherType = { not: { properties: { [type]: { const: name } }, required: [type] } };
    const ofType = {
      properties: { [config]: needed ? form : { anyOf: [form, { type: 'null' }] } },
      ...(needed ? { required: [config] } : {}),
    };
    return { anyOf: [otherType, ofType] as const };
  });
}
