/** Writes small databases in the MaxMind DB format (specification 2.0), for tests without anybody's data. */

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** A database of IPv4 networks (`1.2.3.0/24`) and their records, in an IPv6 tree as the published ones are, or in one of IPv4 alone. */
export function writeMmdb(
  networks: Readonly<Record<string, Value>>,
  { recordBits = 24, ipVersion = 6 }: { readonly recordBits?: 24 | 28 | 32; readonly ipVersion?: 4 | 6 } = {},
): Uint8Array {
  const data: number[] = [];
  const tree: (number | { readonly record: number } | undefined)[][] = [[undefined, undefined]];
  for (const [network, value] of Object.entries(networks)) {
    const record = data.length;
    data.push(...encode(value));
    const bits = bitsOf(network, ipVersion);
    let node = 0;
    bits.forEach((bit, i) => {
      const row = tree[node] ?? [];
      if (i === bits.length - 1) {
        row[bit] = { record };
        return;
      }
      const child = row[bit];
      if (typeof child === 'number') node = child;
      else {
        row[bit] = tree.length;
        node = tree.length;
        tree.push([undefined, undefined]);
      }
    });
  }
  const figure = (entry: number | { readonly record: number } | undefined): number =>
    entry === undefined ? tree.length : typeof entry === 'number' ? entry : tree.length + 16 + entry.record;
  const nodes = tree.flatMap(([left, right]) => nodeBytes(figure(left), figure(right), recordBits));
  const metadata = encode({
    node_count: tree.length,
    record_size: recordBits,
    ip_version: ipVersion,
    database_type: 'Test',
    build_epoch: 1_790_000_000,
    languages: ['en'],
  });
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode('MaxMind.com')];
  return Uint8Array.from([...nodes, ...new Array<number>(16).fill(0), ...data, ...marker, ...metadata]);
}

function nodeBytes(left: number, right: number, recordBits: 24 | 28 | 32): number[] {
  const wide = (value: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) % 256);
  if (recordBits === 28) {
    const middle = (Math.floor(left / 0x100_0000) << 4) | Math.floor(right / 0x100_0000);
    return [...wide(left % 0x100_0000, 3), middle, ...wide(right % 0x100_0000, 3)];
  }
  return [...wide(left, recordBits / 8), ...wide(right, recordBits / 8)];
}

function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address = '', prefix = '32'] = network.split('/');
  const bits = address
    .split('.')
    .flatMap((octet) => Array.from({ length: 8 }, (_, i) => (Number(octet) >> (7 - i)) & 1))
    .slice(0, Number(prefix));
  return ipVersion === 4 ? bits : [...new Array<number>(96).fill(0), ...bits];
}

function encode(value: Value): number[] {
  if (typeof value === 'string') {
    const bytes = [...new TextEncoder().encode(value)];
    return [...control(2, bytes.length), ...bytes];
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value);
      return [...control(3, 8), ...bytes];
    }
    const bytes: number[] = [];
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
    return [...control(6, bytes.length), ...bytes];
  }
  if (Array.isArray(value)) return [...control(11, value.length), ...value.flatMap(encode)];
  const members = Object.entries(value);
  return [
    ...control(7, members.length),
    ...members.flatMap(([key, one]) => [...encode(key), ...encode(one)]),
  ];
}

function control(type: number, size: number): number[] {
  const first = size < 29 ? size : 29;
  const extra = size < 29 ? [] : [size - 29];
  return type < 8 ? [(type << 5) | first, ...extra] : [first, type - 7, ...extra];
}
