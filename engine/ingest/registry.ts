/**
 * A registry value as Sysmon and Sigma's rules name it, from the names that the audit policy writes (event 4657): `\\REGISTRY\\MACHINE` is `HKLM`,
 * `\\REGISTRY\\USER` is `HKU`, and the control set that is in use is `CurrentControlSet`.
 */
export function registryPath(key: string, valueName: string): string {
  const path = key
    .replace(/^\\REGISTRY\\MACHINE(?=\\|$)/i, 'HKLM')
    .replace(/^\\REGISTRY\\USER(?=\\|$)/i, 'HKU')
    .replace(/^(HKLM\\SYSTEM\\)ControlSet\d{3}(?=\\|$)/i, '$1CurrentControlSet');
  return valueName === '' || valueName === '-' ? path : `${path}\\${valueName}`;
}

/** What the audit policy calls the types of values: numbers of messages of the system. */
const DWORD = new Set(['%%1876', 'reg_dword']);
const QWORD = new Set(['%%1883', 'reg_qword']);
const BINARY = new Set(['%%1875', 'reg_binary']);

/** What a registry value is set to as Sysmon writes it (`DWORD (0x00000001)`, `Binary Data`), from the type and text of event 4657; other texts as they are. */
export function registryDetails(type: string, text: string): string {
  const known = type.trim().toLowerCase();
  if (BINARY.has(known)) return 'Binary Data';
  if (!DWORD.has(known) && !QWORD.has(known)) return text;
  if (!/^(?:\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text.trim())) return text;
  const digits = BigInt(text.trim()).toString(16);
  if (DWORD.has(known)) return `DWORD (0x${digits.padStart(8, '0')})`;
  const whole = digits.padStart(16, '0');
  return `QWORD (0x${whole.slice(0, -8)}-0x${whole.slice(-8)})`;
}
