/** The benchmarks: `node dist/test/bench/main.js WORKLOAD [--data DIR] [--json FILE] [--only PART,…] [--runs N] [--scores DIR]`. */
import { readOptions } from './options.ts';
import { say } from './report.ts';

/** By workload: what runs it. Each module is loaded only when it is asked for. */
const WORKLOADS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  sigma: async (args) => {
    const { benchSigma } = await import('./sigma.ts');
    await benchSigma(optionsOf(args));
  },
  detect: async (args) => {
    const { benchDetect } = await import('./detect.ts');
    await benchDetect(optionsOf(args));
  },
  incidents: async (args) => {
    const { benchIncidents } = await import('./incidents.ts');
    await benchIncidents(optionsOf(args));
  },
  intel: async (args) => {
    const { benchIntel } = await import('./intel.ts');
    // Everything is made here: no recording need be there.
    benchIntel(optionsOf([...args, ...(args.includes('--data') ? [] : ['--data', '.'])]));
  },
  alerts: async (args) => {
    const { benchAlerts } = await import('./alerts.ts');
    await benchAlerts(optionsOf(args));
  },
  baseline: async (args) => {
    const { benchBaseline } = await import('./baseline.ts');
    // Everything is made here: no recording need be there.
    const options = readOptions([...args, ...(args.includes('--data') ? [] : ['--data', '.'])]);
    if (typeof options !== 'string')
      await benchBaseline(args.includes('--runs') ? options : { ...options, runs: 10 });
    else {
      say(options);
      process.exitCode = 3;
    }
  },
  nab: async (args) => {
    const { benchNab } = await import('./nab.ts');
    await benchNab(optionsOf(args));
  },
  daemon: async (args) => {
    const { benchDaemon } = await import('./daemon.ts');
    await benchDaemon(optionsOf(args));
  },
  reload: async () => {
    const { benchReload } = await import('./reload.ts');
    await benchReload();
  },
  'rule-tests': async (args) => {
    const { benchRuleTests } = await import('./rule-tests.ts');
    // The content stands in the repository: no recording need be there.
    benchRuleTests(optionsOf([...args, ...(args.includes('--data') ? [] : ['--data', '.'])]));
  },
  // Reads its own options from the command line.
  correlate: async () => {
    await import('./correlate.ts');
  },
};

function optionsOf(args: readonly string[]): Exclude<ReturnType<typeof readOptions>, string> {
  const options = readOptions(args);
  if (typeof options !== 'string') return options;
  say(options);
  process.exit(3);
}

const [name, ...args] = process.argv.slice(2);
const workload = name === undefined ? undefined : WORKLOADS[name];
if (workload === undefined) {
  say(`say which: ${Object.keys(WORKLOADS).join(', ')}`);
  process.exitCode = 3;
} else await workload(args);
