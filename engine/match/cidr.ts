import type { Checked } from '../diagnostic/index.ts';
import { networkDiagnostic } from './errors.ts';

/** A network, ready to test the texts of addresses. */
export interface Network {
  /**
   * Whether the text is an address inside the network. An IPv6 address that embeds an IPv4 one (`::ffff:10.0.0.1`) is that
   * IPv4 address; a zone (`fe80::1%eth0`) is ignored; anything that is not exactly one address is outside.
   */
  contains(address: string): boolean;
}

/**
 * Compiles `10.0.0.0/8`, `fe80::/10` or a lone address (a network of one). Bits beyond the prefix are ignored. An IPv4 network
 * holds no IPv6 address and the reverse, but for the embedded form on either side. Reports TT3004 where the text is no network.
 */
export function compileCidr(network: string): Checked<Network> {
  const parsed = parseNetwork(network.trim());
  if (parsed === undefined) return { value: undefined, diagnostics: [networkDiagnostic(network)] };
  return { value: build(parsed), diagnostics: [] };
}

/** Eight 16-bit groups; an IPv4 address in its embedded form, and the prefix counted over all 128 bits. */
export interface ParsedNetwork {
  readonly groups: Uint16Array;
  readonly bits: number;
  readonly v4: boolean;
}

/** Reads a network or one address (a network of one); undefined where the text is neither. */
export function parseNetwork(text: string): ParsedNetwork | undefined {
  const found = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  if (found === null) return undefined;
  const [, address = '', length] = found;
  const groups = new Uint16Array(8);
  const family = parseAddress(address, groups);
  if (family === 0) return undefined;
  const writtenAsV4 = !address.includes(':');
  const whole = writtenAsV4 ? 32 : 128;
  const prefix = length === undefined ? whole : Number(length);
  if (prefix > whole) return undefined;
  const bits = writtenAsV4 ? prefix + 96 : prefix;
  return { groups, bits, v4: family === 4 && bits >= 96 };
}

function build({ groups, bits, v4 }: ParsedNetwork): Network {
  const scratch = new Uint16Array(8);
  const masks = Uint16Array.from({ length: 8 }, (_, i) => {
    const kept = Math.min(16, Math.max(0, bits - i * 16));
    return (0xffff << (16 - kept)) & 0xffff;
  });
  return {
    contains(address) {
      const family = parseAddress(address, scratch);
      if (family === 0 || (family === 4) !== v4) return false;
      for (let i = v4 ? 6 : 0; i < 8; i++) {
        if ((((scratch[i] ?? 0) ^ (groups[i] ?? 0)) & (masks[i] ?? 0)) !== 0) return false;
      }
      return true;
    },
  };
}

/** Reads an address into eight groups: 4 for IPv4 and IPv6 that embeds it, 6 for other IPv6, 0 for no address. */
export function parseAddress(text: string, into: Uint16Array): 0 | 4 | 6 {
  const length = text.length;
  if (length < 2 || length > 64) return 0;
  if (text.indexOf(':') < 0) {
    into.fill(0, 0, 5);
    into[5] = 0xffff;
    return parseV4(text, { from: 0, to: length }, into) ? 4 : 0;
  }
  return parseV6(text, into);
}

/** Four decimal octets without leading zeros (which some read as octal) into groups 6 and 7. */
function parseV4(
  text: string,
  span: { readonly from: number; readonly to: number },
  into: Uint16Array,
): boolean {
  let octet = -1;
  let count = 0;
  let high = 0;
  for (let i = span.from; i <= span.to; i++) {
    const unit = i < span.to ? text.charCodeAt(i) : 0x2e;
    if (unit === 0x2e) {
      if (octet < 0 || count > 3) return false;
      if ((count & 1) === 0) high = octet;
      else into[6 + (count >> 1)] = (high << 8) | octet;
      count++;
      octet = -1;
    } else if (unit >= 0x30 && unit <= 0x39) {
      if (octet === 0) return false;
      octet = (octet < 0 ? 0 : octet * 10) + unit - 0x30;
      if (octet > 255) return false;
    } else return false;
  }
  return count === 4;
}

/** RFC 4291, 2.2: eight groups of hexadecimal digits, one run of zeros written `::`, the last two groups as IPv4 at will. */
function parseV6(text: string, into: Uint16Array): 0 | 4 | 6 {
  const zone = text.indexOf('%');
  const end = zone < 0 ? text.length : zone;
  let at = 0;
  let count = 0;
  let gap = -1;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < end) {
    if (count >= 8) return 0;
    let value = 0;
    let digits = 0;
    let i = at;
    for (; i < end; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) break;
      value = (value << 4) | digit;
      digits++;
    }
    if (i < end && text.charCodeAt(i) === 0x2e) {
      if (count > 6 || !parseV4(text, { from: at, to: end }, into)) return 0;
      // The octets land in the last two groups; move them to where the address has got to.
      const [high, low] = [into[6] ?? 0, into[7] ?? 0];
      into[count] = high;
      into[count + 1] = low;
      count += 2;
      break;
    }
    if (digits === 0 || digits > 4) return 0;
    into[count++] = value;
    if (i === end) break;
    if (text.charCodeAt(i) !== 0x3a) return 0;
    at = i + 1;
    if (text.charCodeAt(at) === 0x3a) {
      if (gap >= 0) return 0;
      gap = count;
      at++;
    } else if (at >= end) return 0;
  }
  if (gap < 0 ? count !== 8 : count > 7) return 0;
  if (gap >= 0) {
    into.copyWithin(gap + 8 - count, gap, count);
    into.fill(0, gap, gap + 8 - count);
  }
  for (let i = 0; i < 5; i++) if (into[i] !== 0) return 6;
  return into[5] === 0xffff ? 4 : 6;
}

function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
