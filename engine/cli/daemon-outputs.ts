import { FileOutput, StdoutOutput } from '../adapters/index.ts';
import { SEVERITIES } from '../model/index.ts';
import type { OutputConfig, OutputPort, Route } from '../runtime/index.ts';
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
    default:
      throw new Error(`outputs of type ${output.type} come with their own file`);
  }
}

/** The outputs that see a thing: those that a policy routes it to, and those that see it anyway. */
export function routeOf(outputs: readonly OutputConfig[]): Route {
  return (thing, decisions) => {
    if (thing.suppressed !== undefined) return [];
    const routed = new Set(decisions.flatMap(({ route }) => route ?? []));
    const isAlert = 'rule' in thing;
    return outputs
      .filter(({ name, sees, severity }) => {
        if (routed.has(name)) return true;
        if (sees === 'routed' || (sees === 'alerts' && !isAlert) || (sees === 'incidents' && isAlert))
          return false;
        return SEVERITIES.indexOf(thing.severity) >= SEVERITIES.indexOf(severity);
      })
      .map(({ name }) => name);
  };
}
