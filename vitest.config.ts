import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// .ci/run asks for a report that it can count.
const report = process.env['TELLTALE_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'threads',
    // Left to itself it takes one thread fewer than there are processors; many tests wait for a process they started.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
