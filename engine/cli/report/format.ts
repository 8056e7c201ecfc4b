import type { CodeDeclaration, Palette } from '../../diagnostic/index.ts';
import type { ReportFormat } from './formats.ts';
import { githubReport } from './github.ts';
import { jsonReport, ndjsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { prettyReport } from './pretty.ts';
import type { Report } from './report.ts';
import { sarifReport } from './sarif.ts';

/** What formats draw on besides the report. */
export interface RenderOptions {
  readonly palette: Palette;
  readonly codes: ReadonlyMap<string, CodeDeclaration>;
}

/** A report as text in one of its forms, ending in a line end. */
export function renderReport(report: Report, format: ReportFormat, options: RenderOptions): string {
  switch (format) {
    case 'pretty':
      return prettyReport(report, options.palette);
    case 'json':
      return jsonReport(report);
    case 'ndjson':
      return ndjsonReport(report);
    case 'junit':
      return junitReport(report);
    case 'sarif':
      return sarifReport(report, options.codes);
    case 'github':
      return githubReport(report);
    case 'markdown':
      return markdownReport(report);
    default:
      return format satisfies never;
  }
}
