/** Whether one of the texts, which are ASCII, stands at `where` in the bytes `[from, to)`. (Five parameters: it is called for every record.) */
export function someStands(
  texts: readonly string[],
  bytes: Uint8Array,
  from: number,
  to: number,
  where: 'whole' | 'start' | 'end',
): boolean {
  for (let t = 0; t < texts.length; t++) {
    const text = texts[t] ?? '';
    const length = text.length;
    if (where === 'whole' ? length !== to - from : length > to - from) continue;
    const start = where === 'end' ? to - length : from;
    let i = 0;
    while (i < length && text.charCodeAt(i) === (bytes[start + i] ?? 0)) i++;
    if (i === length) return true;
  }
  return false;
}
