/* The elements and attributes that pages are made of; another one is added here when a page needs it. */

type Children = unknown;

interface Anywhere {
  readonly children?: Children;
  readonly class?: string | undefined;
  readonly id?: string | undefined;
  readonly role?: string | undefined;
  readonly 'aria-label'?: string | undefined;
  readonly 'aria-labelledby'?: string | undefined;
  readonly 'aria-describedby'?: string | undefined;
  readonly 'aria-hidden'?: 'true' | undefined;
}

interface Painted extends Anywhere {
  readonly fill?: string;
  readonly stroke?: string;
}

type Length = number | string;

export interface Elements {
  readonly html: Anywhere & { readonly lang: string };
  readonly head: Anywhere;
  readonly meta: {
    readonly charset?: string;
    readonly name?: string;
    readonly content?: string;
    readonly 'http-equiv'?: string;
  };
  readonly title: Anywhere;
  readonly style: Anywhere;
  readonly body: Anywhere;
  readonly header: Anywhere;
  readonly main: Anywhere;
  readonly nav: Anywhere;
  /** On pages that a daemon serves; a report is one file and links to nothing. */
  readonly a: Anywhere & { readonly href: string; readonly 'aria-current'?: 'page' | undefined };
  readonly form: Anywhere & { readonly method: 'post'; readonly action: string };
  readonly label: Anywhere & { readonly for: string };
  readonly input: Anywhere & {
    readonly type: 'password' | 'hidden';
    readonly name: string;
    readonly value?: string;
    readonly required?: boolean;
    readonly autocomplete?: 'current-password';
  };
  readonly button: Anywhere & { readonly type: 'submit' };
  readonly pre: Anywhere;
  readonly footer: Anywhere;
  readonly section: Anywhere;
  readonly figure: Anywhere;
  readonly div: Anywhere;
  readonly span: Anywhere;
  readonly strong: Anywhere;
  readonly code: Anywhere;
  readonly p: Anywhere;
  readonly h1: Anywhere;
  readonly h2: Anywhere;
  readonly h3: Anywhere;
  readonly ul: Anywhere;
  readonly li: Anywhere;
  readonly dl: Anywhere;
  readonly dt: Anywhere;
  readonly dd: Anywhere;
  readonly table: Anywhere;
  readonly caption: Anywhere;
  readonly thead: Anywhere;
  readonly tbody: Anywhere;
  readonly tr: Anywhere;
  readonly th: Anywhere & { readonly scope: 'col' | 'row' };
  readonly td: Anywhere & { readonly 'data-label'?: string };
  readonly svg: Anywhere & { readonly width: Length; readonly height: Length };
  readonly g: Painted & { readonly transform?: string };
  readonly defs: Anywhere;
  readonly pattern: Anywhere & {
    readonly width: Length;
    readonly height: Length;
    readonly patternUnits: 'userSpaceOnUse';
    readonly patternTransform?: string;
  };
  readonly rect: Painted & {
    readonly x: Length;
    readonly y: Length;
    readonly width: Length;
    readonly height: Length;
  };
  readonly line: Painted & {
    readonly x1: Length;
    readonly x2: Length;
    readonly y1: Length;
    readonly y2: Length;
  };
  readonly circle: Painted & { readonly cx: Length; readonly cy: Length; readonly r: number };
  readonly text: Painted & {
    readonly x: Length;
    readonly y: Length;
    readonly dx?: number;
    readonly 'text-anchor'?: 'start' | 'middle' | 'end';
  };
}
