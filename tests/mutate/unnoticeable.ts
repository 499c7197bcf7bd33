import ts from "typescript";

// Places where a change makes no program wrong: what is right there is a matter of taste, of the clock or
// of the host, or both ways do the same. Each rule says why; single lines are in `equivalents.ts`.

/** Texts, and how far they are indented: what stands in them is read by people. */
export function isWords(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || isIndent(node);
}

/** An error is as good as thrown. */
export function isError(node: ts.Node): boolean {
  return ts.isNewExpression(node) && /Error$/.test(node.expression.getText());
}

// How large, thick and opaque a mark of a chart is: a matter of taste, like words.
const LOOKS = new RegExp(
  `^(${
    [
      "width|height|size|d[xy]|offset|margin|spacing|columns|thickness|strokeDash|tickCount|labelLimit",
      "\\w*[sS]trokeWidth|\\w*[fF]ontSize|\\w*[oO]pacity|\\w*[pP]adding\\w*|cornerRadius\\w*|\\w*sep",
    ].join("|")
  })$`,
);

/** A number, or a list of them, of which only the eye can say whether it is right. */
export function isLook(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node) && LOOKS.test(node.name.getText()) &&
    /^[-\d., [\]]+$/.test(node.initializer.getText());
}

/**
 * A comparison by size whose sides are what it chooses from: `a < b ? a : b`, `if (a < b) b = a;`. At
 * equality both ways give the same. So does `if (a < 0) sum += a;`.
 */
export function isChoice(comparison: ts.BinaryExpression): boolean {
  const { left, right, parent } = comparison;
  if (!isBySize(comparison)) return false;
  const isOfSides = (a: ts.Node, b: ts.Node) =>
    [a, b].map((node) => node.getText()).sort().join() ===
      [left, right].map((node) => node.getText()).sort().join();
  if (ts.isConditionalExpression(parent)) {
    return parent.condition === comparison && isOfSides(parent.whenTrue, parent.whenFalse);
  }
  if (!ts.isIfStatement(parent) || parent.elseStatement !== undefined) return false;
  const { thenStatement: then } = parent;
  if (!ts.isExpressionStatement(then) || !ts.isBinaryExpression(then.expression)) return false;
  const { left: target, operatorToken: { kind }, right: value } = then.expression;
  // Zero more is no more.
  if (kind === ts.SyntaxKind.PlusEqualsToken || kind === ts.SyntaxKind.MinusEqualsToken) {
    return left.getText() === value.getText() && right.getText() === "0";
  }
  return kind === ts.SyntaxKind.EqualsToken && isOfSides(target, value);
}

/** A comparison that sorts, and never says "the same": `a < b ? -1 : 1` takes it that no two are. */
export function isOrder(comparison: ts.BinaryExpression): boolean {
  const { parent } = comparison;
  return isBySize(comparison) && ts.isConditionalExpression(parent) &&
    /^(-1:1|1:-1)$/.test(`${parent.whenTrue.getText()}:${parent.whenFalse.getText()}`);
}

/** How large the answer of a comparison that sorts is: only its sign counts. */
export function isOrdered(node: ts.NumericLiteral): boolean {
  const answer = ts.isPrefixUnaryExpression(node.parent) ? node.parent : node;
  return ts.isConditionalExpression(answer.parent) &&
    ts.isBinaryExpression(answer.parent.condition) && isOrder(answer.parent.condition);
}

/** Two moments, or two stretches of time, compared: whether they are the same is chance. */
export function isOfMoments(comparison: ts.BinaryExpression): boolean {
  const { left, right } = comparison;
  return isBySize(comparison) && [left, right].some(isTime) &&
    ![left, right].some((side) => ts.isNumericLiteral(side));
}

function isTime(node: ts.Node): boolean {
  return /\b(performance|Date)\.now\(\)|\bnow\(\)|\b(\w*[a-z])?(Ms|_MS|Ns)\b/.test(node.getText());
}

/** So many milliseconds that something is waited for: one more is nothing that a test could see. */
export function isWait(node: ts.NumericLiteral): boolean {
  const { parent } = node;
  const isDelay = ts.isCallExpression(parent) && parent.arguments[1] === node &&
    parent.expression.getText() === "setTimeout";
  return isDelay || Number(node.text) >= 10 &&
      (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) &&
      /(_MS|Ms|^timeout)$/.test(parent.name.getText());
}

/** What asks which system or program this runs in, of which tests have one. */
export function isOfHost(node: ts.Node): boolean {
  return ts.isBinaryExpression(node) && /^(typeof Deno|Deno\.build\.os)\b/.test(node.getText());
}

/** `a < b` or the like. */
function isBySize({ operatorToken }: ts.BinaryExpression): boolean {
  return /^[<>]=?$/.test(operatorToken.getText());
}

/** By how much `JSON.stringify` indents. */
function isIndent(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isNumericLiteral(node) && ts.isCallExpression(parent) &&
    parent.arguments[2] === node && parent.expression.getText() === "JSON.stringify";
}
