/** Bounds on one rule file; beyond any of them the file is refused with a diagnostic, before or while it is read. */
export interface Limits {
  /** Size of a file's text in UTF-16 units. */
  readonly fileLengthMax: number;
  /** Length of one line in UTF-16 units. */
  readonly lineLengthMax: number;
  /** Depth of nested maps and lists. */
  readonly depthMax: number;
  /** Indicators (`- `, `? `, `: `) in a row on one line, each of which opens a level. */
  readonly indicatorRunMax: number;
  /** Anchors and aliases in a file. */
  readonly aliasesMax: number;
  /** Values of a document once aliases are expanded. */
  readonly valuesMax: number;
  /** Documents in a file. */
  readonly documentsMax: number;
  /** Texts that placeholders, `windash` and `base64offset` may make of the values of one field. */
  readonly variantsMax: number;
  /** Nodes of one compiled rule. */
  readonly expressionNodesMax: number;
  /** Nesting of parentheses and `not` in a condition, and of lists in a selection. */
  readonly conditionDepthMax: number;
}

/** The bounds that hold unless a caller sets others. The largest file of the public rule set has 90 kB, its deepest nests 6. */
export const DEFAULT_LIMITS: Limits = {
  fileLengthMax: 1 << 20,
  lineLengthMax: 1 << 16,
  depthMax: 48,
  indicatorRunMax: 24,
  aliasesMax: 200,
  valuesMax: 200_000,
  documentsMax: 1000,
  variantsMax: 20_000,
  expressionNodesMax: 100_000,
  conditionDepthMax: 64,
};
