// Writes examples/intrusion.ndjson: forty minutes of logs of a fictitious company, Windows and Sysmon events as NXLog forwards them,
// journald and auditd records of a Linux host, and AWS CloudTrail. The same seed gives the same bytes. Everything in it is invented:
// names under .example, addresses and account numbers reserved for documentation.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { everyday } from './sample/everyday.mjs';
import { intrusion } from './sample/intrusion.mjs';
import { records } from './sample/records.mjs';

const target = process.argv[2] ?? 'examples/intrusion.ndjson';
everyday();
intrusion();
records.sort((a, b) => a.ms - b.ms || a.order - b.order);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, records.map(({ record }) => `${JSON.stringify(record)}\n`).join(''));
console.error(`${target}: ${records.length} events`);
