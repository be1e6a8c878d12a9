import { z } from 'zod';

/**
 * The parts of an OSCAL 1.0 to 1.2 catalog (JSON) that an import reads: https://pages.nist.gov/OSCAL/reference/1.1.2/catalog/json-outline/
 * Everything else in the file is left alone.
 */
const property = z.object({
  name: z.string(),
  value: z.string(),
  class: z.string().optional(),
  ns: z.string().optional(),
});
export type OscalProperty = z.output<typeof property>;

const link = z.object({ href: z.string(), rel: z.string().optional() });

const parameter = z.object({
  id: z.string(),
  label: z.string().optional(),
  usage: z.string().optional(),
  values: z.array(z.string()).optional(),
  select: z.object({ 'how-many': z.string().optional(), choice: z.array(z.string()).optional() }).optional(),
});
export type OscalParameter = z.output<typeof parameter>;

const part = z.object({
  name: z.string(),
  title: z.string().optional(),
  prose: z.string().optional(),
  props: z.array(property).optional(),
  get parts() {
    return z.array(part).optional();
  },
});
export type OscalPart = z.output<typeof part>;

const control = z.object({
  id: z.string().min(1),
  title: z.string(),
  params: z.array(parameter).optional(),
  props: z.array(property).optional(),
  links: z.array(link).optional(),
  parts: z.array(part).optional(),
  get controls() {
    return z.array(control).optional();
  },
});
export type OscalControl = z.output<typeof control>;

const group = z.object({
  params: z.array(parameter).optional(),
  controls: z.array(control).optional(),
  get groups() {
    return z.array(group).optional();
  },
});
export type OscalGroup = z.output<typeof group>;

export const catalogSchema = z.object({
  metadata: z.object({
    title: z.string().trim().min(1),
    version: z.string().optional(),
    published: z.string().optional(),
    'last-modified': z.string().optional(),
    'oscal-version': z.string(),
    remarks: z.string().optional(),
    links: z.array(link).optional(),
  }),
  params: z.array(parameter).optional(),
  controls: z.array(control).optional(),
  groups: z.array(group).optional(),
});
export type OscalCatalog = z.output<typeof catalogSchema>;

/** The other OSCAL models, by the one key of their files. */
export const otherModels: Readonly<Record<string, { readonly name: string; readonly next: string }>> = {
  profile: {
    name: 'an OSCAL profile',
    next: 'Resolve it first (oscal-cli, `profile resolve`), and import the resolved catalog.',
  },
  'mapping-collection': { name: 'an OSCAL mapping collection', next: 'Import the catalog it maps.' },
  'component-definition': { name: 'an OSCAL component definition', next: 'Import the catalog it refers to.' },
  'system-security-plan': {
    name: 'an OSCAL system security plan',
    next: 'Import the catalog that its profile resolves to.',
  },
  'assessment-plan': {
    name: 'an OSCAL assessment plan',
    next: 'Import the catalog that its profile resolves to.',
  },
  'assessment-results': {
    name: 'an OSCAL assessment result',
    next: 'Import the catalog that its profile resolves to.',
  },
  'plan-of-action-and-milestones': {
    name: 'an OSCAL plan of action and milestones',
    next: 'Import the catalog that its profile resolves to.',
  },
};
