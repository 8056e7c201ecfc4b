/** Texts longer than this are neither decoded nor parsed as embedded JSON. */
export const EMBEDDED_JSON_MAX = 262_144;

/** The text that a base64 text stands for, or undefined where it is none; RFC 4648, also the alphabet for URLs. Bytes are read as UTF-8. */
export function fromBase64(text: string): string | undefined {
  try {
    const units = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder().decode(Uint8Array.from(units, (unit) => unit.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
