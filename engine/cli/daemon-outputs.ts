import { hostname } from 'node:os';
import {
  AlertmanagerOutput,
  ChatOutput,
  FileOutput,
  HeartbeatOutput,
  StdoutOutput,
  SyslogOutput,
  systemClock,
  WebhookOutput,
} from '../adapters/index.ts';
import { SEVERITIES } from '../model/index.ts';
import { isMuted, type OutputConfig, type OutputPort, type Route, readTemplate } from '../runtime/index.ts';
import { packageVersion } from './package-folder.ts';
import type { Terminal } from './terminal.ts';

/** The output that a part of the configuration describes. */
export function outputOf(output: OutputConfig, terminal: Terminal): OutputPort {
  const { name } = output;
  const productVersion = packageVersion();
  switch (output.type) {
    case 'stdout':
      return new StdoutOutput({ name, format: output.format, productVersion }, terminal.stdout);
    case 'file': {
      const { path, format, rotateSizeBytes, keepFiles } = output;
      return new FileOutput({ name, path, format, rotateSizeBytes, keepFiles, productVersion });
    }
    case 'webhook': {
      const { url, secret, headers, template, allowPrivate } = output;
      const read = template === undefined ? undefined : readTemplate(template);
      // `readConfig` has checked it: this is for whoever makes outputs without it.
      if (read !== undefined && 'problem' in read) throw new Error(read.problem);
      return new WebhookOutput(
        {
          name,
          url,
          headers,
          allowPrivate,
          ...(secret === undefined ? {} : { secret }),
          ...(read === undefined ? {} : { template: read.template }),
        },
        systemClock,
      );
    }
    case 'slack':
    case 'teams': {
      const { url, headers, allowPrivate } = output;
      return new ChatOutput({ name, chat: output.type, url, headers, allowPrivate }, systemClock);
    }
    case 'alertmanager': {
      const { url, token, allowPrivate } = output;
      return new AlertmanagerOutput(
        { name, url, allowPrivate, ...(token === undefined ? {} : { token }) },
        systemClock,
      );
    }
    case 'syslog': {
      const { protocol, host, port, format, authority, allowPrivate } = output;
      const whom = { protocol, host, port, format, allowPrivate, hostname: hostname() };
      return new SyslogOutput(
        { name, ...whom, productVersion, ...(authority === undefined ? {} : { authority }) },
        systemClock,
      );
    }
    case 'heartbeat': {
      const { url, everyMs, allowPrivate } = output;
      return new HeartbeatOutput({ name, url, everyMs, allowPrivate }, systemClock);
    }
    default:
      return output satisfies never;
  }
}

/** The outputs that see a thing: those that a policy routes it to, and those that see it anyway. */
export function routeOf(outputs: readonly OutputConfig[]): Route {
  return (thing, decisions) => {
    if (isMuted(thing)) return [];
    const routed = new Set(decisions.flatMap(({ route }) => route ?? []));
    const isAlert = 'rule' in thing;
    return outputs
      .filter((output) => {
        const { name, sees, severity, type } = output;
        if (type === 'heartbeat') return false;
        const otherKind = (sees === 'alerts' && !isAlert) || (sees === 'incidents' && isAlert);
        // A table holds rows of one kind, whatever a policy says.
        if (otherKind && 'format' in output && output.format === 'csv') return false;
        if (routed.has(name)) return true;
        if (sees === 'routed' || otherKind) return false;
        return SEVERITIES.indexOf(thing.severity) >= SEVERITIES.indexOf(severity);
      })
      .map(({ name }) => name);
  };
}
