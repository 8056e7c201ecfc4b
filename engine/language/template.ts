import type { Scalar } from '../model/index.ts';

/** One part of a template: text as it stands, or the name of a field. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string };

/** A logic-less text: `{{ field }}` stands for a value, and there is nothing else. Plain data. */
export interface Template {
  readonly parts: readonly TemplatePart[];
}

/** What a value in a template may be; a list is written with commas. */
export type TemplateValue = Scalar | readonly Scalar[] | undefined;

/** Makes a text harmless for what it will stand in. */
export type Escape = (text: string) => string;

/** Characters of a value that are shown; the rest is said to be missing. */
export const TEMPLATE_VALUE_MAX = 256;

/** What stands where an event has no such value. */
export function missingValue(name: string): string {
  return `(no ${name})`;
}

/**
 * Reads a template. A name is anything but braces, trimmed; `{{{{` stands for two braces as text. Braces that close nothing, or hold no
 * name, stay as they are: a description is free text, and may hold a shell's or a language's own braces.
 */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('{{{{', at)) {
      plain += '{{';
      at += 4;
      continue;
    }
    const found = /^\{\{\s*([^{}\r\n]*[^{}\s])\s*\}\}/.exec(text.slice(at, at + 300));
    const name = found?.[1];
    if (found === null || name === undefined) {
      plain += text.charAt(at);
      at++;
      continue;
    }
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
    parts.push({ kind: 'field', name });
    at += found[0].length;
  }
  if (plain !== '') parts.push({ kind: 'text', text: plain });
  return { parts };
}

/** The names that a template asks for, each once. */
export function templateFields(template: Template): readonly string[] {
  return [...new Set(template.parts.flatMap((part) => (part.kind === 'field' ? [part.name] : [])))];
}

/**
 * Fills a template in. `escaped` sees the values only: the rule's author is trusted
 * with the form of the text, the event is trusted with nothing. Values are made one line, without control characters, and cut.
 */
export function renderTemplate(
  template: Template,
  lookup: (name: string) => TemplateValue,
  escaped: Escape = ESCAPES.plain,
): string {
  let text = '';
  for (const part of template.parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const value = lookup(part.name);
    text += escaped(value === undefined ? missingValue(part.name) : valueText(value));
  }
  return text;
}

function valueText(value: Exclude<TemplateValue, undefined>): string {
  const text = Array.isArray(value) ? value.map(String).join(', ') : String(value);
  const cut =
    text.length > TEMPLATE_VALUE_MAX ? `${wholeCharacters(text)}… (${text.length} characters)` : text;
  return oneLine(cut);
}

/** The cut must not part a surrogate pair. */
function wholeCharacters(text: string): string {
  const cut = text.slice(0, TEMPLATE_VALUE_MAX);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Control characters, line ends and characters that turn the direction of reading are shown as `\u{…}`. */
function oneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Escapes by what the text will stand in. */
export const ESCAPES: Readonly<Record<'plain' | 'markdown' | 'html' | 'csv', Escape>> = {
  plain: (text) => text,
  markdown: (text) => text.replace(/[\\`*_{}[\]()<>#+\-!|~&]/g, '\\$&'),
  html: (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  // A cell is quoted as a whole by the format; what matters for a value is that it cannot begin a formula.
  csv: (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text),
};
