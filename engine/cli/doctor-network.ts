import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { connectProblem, listenProblem } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { OutputConfig } from '../runtime/index.ts';
import type { Look, Patient } from './doctor-run.ts';
import { standing } from './doctor-state.ts';
import { refusal } from './refusal.ts';

/** Looks whether everything that wants to listen could; while a daemon works there, its addresses are its own. */
export async function lookAtPorts({ config, running }: Patient): Promise<Look> {
  const wanted = [
    ...config.sources.flatMap((source) =>
      'port' in source
        ? [
            {
              name: `source ${source.name}`,
              host: source.host,
              port: source.port,
              transport:
                source.type === 'syslog' && source.protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
            },
          ]
        : [],
    ),
    ...(config.api.enabled
      ? [{ name: 'the API', host: config.api.host, port: config.api.port, transport: 'tcp' as const }]
      : []),
  ];
  const detail =
    wanted.map(({ name, host, port }) => `${name} ${host}:${port}`).join(', ') || 'nothing listens';
  if (running) return { detail: `${detail} (held by the daemon that runs)`, findings: [] };
  const findings: Diagnostic[] = [];
  for (const { name, host, port, transport } of wanted) {
    const problem = await listenProblem(host, port, transport);
    const hint = `see who has it: ss -lnp 'sport = :${port}'; or set another \`listen\``;
    if (problem !== undefined)
      findings.push(refusal('TT8087', `${name} cannot listen on ${host}:${port}: ${problem}`, hint));
  }
  return { detail, findings };
}

/** Looks whether every output could be reached: a connection, or a folder that can be written. Nothing is sent. */
export async function lookAtOutputs({ config }: Patient): Promise<Look> {
  const found = await Promise.all(config.outputs.map(async (output) => problemOf(output)));
  const findings = found.flatMap((problem, i): Diagnostic[] => {
    if (problem === undefined) return [];
    const name = config.outputs[i]?.name ?? '';
    const hint = `mend it, then try \`telltale output test ${name}\``;
    return [refusal('TT8088', `output ${name} cannot be reached: ${problem}`, hint)];
  });
  const detail = config.outputs
    .map(({ name, type }) => (name === type ? name : `${name} (${type})`))
    .join(', ');
  return { detail: detail || 'there is none', findings };
}

async function problemOf(output: OutputConfig): Promise<string | undefined> {
  switch (output.type) {
    case 'stdout':
      return undefined;
    case 'file':
      return unwritable(dirname(resolve(output.path)));
    case 'syslog': {
      const { host, port, allowPrivate, protocol } = output;
      return connectProblem(host, port, { transport: protocol === 'udp' ? 'udp' : 'tcp', allowPrivate });
    }
    case 'webhook':
    case 'slack':
    case 'teams':
    case 'alertmanager':
    case 'heartbeat': {
      if (!URL.canParse(output.url)) return 'its address is no URL';
      const { hostname, port, protocol } = new URL(output.url);
      const known = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
      return connectProblem(hostname, known, { transport: 'tcp', allowPrivate: output.allowPrivate });
    }
    default:
      return output satisfies never;
  }
}

function unwritable(folder: string): string | undefined {
  try {
    accessSync(standing(folder), constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
