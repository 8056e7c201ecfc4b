import type { GlobPart } from '../../model/index.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import { hasWildcards } from '../pattern.ts';
import type { Modifier, ModifierProblem, Operand } from './modifier.ts';
import { asText, notFor } from './shape.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding (RFC 4648, section 4). */
export function base64Text(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] ?? 0;
    const b = bytes[i + 1] ?? 0;
    const c = bytes[i + 2] ?? 0;
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | (b >> 4));
    text += i + 1 < bytes.length ? ALPHABET.charAt(((b & 15) << 2) | (c >> 6)) : '=';
    text += i + 2 < bytes.length ? ALPHABET.charAt(c & 63) : '=';
  }
  return text;
}

/** The bytes of a text without wildcards: UTF-8, or one byte a character once a UTF-16 modifier has been at work. */
function bytesOf(name: string, operand: Operand): Uint8Array | ModifierProblem {
  const text = asText(operand);
  if (text === undefined) return notFor(name, operand, 'a text');
  if (hasWildcards(text.parts)) {
    return {
      code: LANGUAGE_CODES.TT1203,
      message: `\`${name}\` cannot encode wildcards`,
      hint: `write \`${name}|contains\`, and \\* or \\? where the character itself is meant`,
    };
  }
  const plain = text.parts.join('');
  if (text.bytes !== true) return new TextEncoder().encode(plain);
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

export const base64: Modifier = {
  name: 'base64',
  doc: 'The value is looked for as it reads once encoded as Base64.',
  example: "CommandLine|base64|contains: 'IEX'",
  excludes: ['re', 'cidr', 'exists', 'base64offset'],
  apply(operand) {
    const bytes = bytesOf('base64', operand);
    if (!(bytes instanceof Uint8Array)) return bytes;
    return [{ kind: 'text', parts: [base64Text(bytes)] }];
  },
};

export const base64offset: Modifier = {
  name: 'base64offset',
  doc: 'The value is looked for inside a longer Base64 text, at each of the three offsets it can have there.',
  example: "CommandLine|base64offset|contains: 'http://'",
  excludes: ['re', 'cidr', 'exists', 'base64'],
  apply(operand) {
    const bytes = bytesOf('base64offset', operand);
    if (!(bytes instanceof Uint8Array)) return bytes;
    return [0, 1, 2].map((offset) => ({ kind: 'text', parts: [stableBase64(bytes, offset)] }) as const);
  },
};

/** The characters of the encoded text that do not depend on what stands before and behind the value at this offset. */
function stableBase64(bytes: Uint8Array, offset: number): string {
  const shifted = new Uint8Array(bytes.length + offset);
  shifted.set(bytes, offset);
  const bits = shifted.length * 8;
  // A character holds six bits: the first whole one starts at or behind the offset, the last ends within the value.
  return base64Text(shifted).slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
}

type ByteOrder = 'little' | 'big';

function utf16(text: string, order: ByteOrder): string {
  let bytes = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const low = String.fromCharCode(unit & 0xff);
    const high = String.fromCharCode(unit >> 8);
    bytes += order === 'little' ? low + high : high + low;
  }
  return bytes;
}

function utf16Modifier(
  name: string,
  doc: string,
  encode: { readonly order: ByteOrder; readonly mark: string },
): Modifier {
  return {
    name,
    doc,
    example: `CommandLine|${name}|base64offset|contains: 'http://'`,
    excludes: ['re', 'cidr', 'exists', 'wide', 'utf16', 'utf16le', 'utf16be'].filter(
      (other) => other !== name,
    ),
    apply(operand, context) {
      const text = asText(operand);
      if (text === undefined) return notFor(name, operand, 'a text');
      if (context.before.includes('base64') || context.before.includes('base64offset')) {
        return {
          code: LANGUAGE_CODES.TT1202,
          message: `\`${name}\` must come before Base64, which encodes its bytes`,
          hint: `write \`${name}|${context.before.join('|')}\``,
        };
      }
      const encoded = text.parts.map(
        (part): GlobPart => (typeof part === 'string' ? utf16(part, encode.order) : part),
      );
      const parts = encode.mark === '' ? encoded : [encode.mark, ...encoded];
      return [{ kind: 'text', parts, bytes: true }];
    },
  };
}

export const utf16le = utf16Modifier('utf16le', 'The value in UTF-16, low byte first.', {
  order: 'little',
  mark: '',
});
export const utf16be = utf16Modifier('utf16be', 'The value in UTF-16, high byte first.', {
  order: 'big',
  mark: '',
});
export const wide = utf16Modifier('wide', 'The same as `utf16le`.', { order: 'little', mark: '' });
export const utf16bom = utf16Modifier('utf16', 'The value in UTF-16 behind a byte order mark.', {
  order: 'little',
  mark: '\u00ff\u00fe',
});
