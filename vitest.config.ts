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
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
