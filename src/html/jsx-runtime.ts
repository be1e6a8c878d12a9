import { Fragment as HonoFragment, jsx as honoJsx } from 'hono/jsx/jsx-runtime';
import type { Elements } from './elements.ts';
import { hasHidden, markedPieces, markedText } from './visible-text.ts';

/*
 * The JSX runtime of the pages, stricter than hono's, which it wraps. hono renders a Date, a bigint and most objects as nothing, and takes
 * any attribute: here those throw, as do `style`, handlers of events and raw markup. Every text and attribute passes through it, so that
 * control characters and those that turn the direction of writing are visible marks, whichever component they are in.
 */

/** Markup that is ready, or a text. */
type Markup = ReturnType<typeof honoJsx>;

export namespace JSX {
  export type Element = Markup;
  export interface ElementChildrenAttribute {
    children: unknown;
  }
  export interface IntrinsicElements extends Elements {}
}

type Props = Readonly<Record<string, unknown>>;
type Component = (props: Props) => Markup;

/** Elements whose text cannot have elements in it. */
const textOnly: ReadonlySet<string> = new Set(['title', 'text', 'desc']);

export function jsx(tag: string | Component, { children, ...attributes }: Props, key?: string): Markup {
  if (typeof tag !== 'string') return honoJsx(tag, { ...attributes, children }, key);
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) safe[name] = attribute(tag, name, value);
  }
  return honoJsx(tag, { ...safe, children: child(tag, children) }, key);
}

export { jsx as jsxDEV, jsx as jsxs };

export function Fragment({ children }: { readonly children?: unknown }): Markup {
  return honoJsx(HonoFragment, { children: child('>', children) }, undefined);
}

function attribute(tag: string, name: string, value: unknown): string | number | true {
  if (!/^[a-z][a-z0-9-]*$/i.test(name) || /^(?:style$|on|dangerously)/i.test(name)) {
    throw new TypeError(`<${tag}> must not have the attribute '${name}'.`);
  }
  if (typeof value === 'string') return markedText(value);
  if (value === true || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new TypeError(`The attribute '${name}' of <${tag}> cannot be ${nameOf(value)}.`);
}

function child(tag: string, value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return text(tag, value);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((one) => child(tag, one));
  if (isMarkup(value)) return value;
  throw new TypeError(`<${tag}> cannot contain ${nameOf(value)}.`);
}

function text(tag: string, value: string): unknown {
  if (!hasHidden(value)) return value;
  if (textOnly.has(tag)) return markedText(value);
  return markedPieces(value).map(({ text: piece, hidden }) =>
    hidden ? honoJsx('span', { class: 'mark', children: piece }, undefined) : piece,
  );
}

/** What hono made: its nodes, and texts that are markup already, have this. */
function isMarkup(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'isEscaped' in value && value.isEscaped === true;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return `${typeof value === 'number' ? String(value) : `a ${typeof value}`}`;
  return `an object (${value.constructor?.name ?? 'without a class'})`;
}
