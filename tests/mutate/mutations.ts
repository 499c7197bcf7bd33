import ts from "typescript";
import {
  isChoice,
  isError,
  isLook,
  isOfHost,
  isOfMoments,
  isOrder,
  isOrdered,
  isWait,
  isWords,
} from "./unnoticeable.ts";

/** A small change of a source text that its tests should notice. */
export interface Mutation {
  /** What kind of change. */
  readonly kind: "comparison" | "sign" | "condition" | "constant" | "bound" | "statement";
  /** Place in the text: `source.slice(from, until)` is replaced. */
  readonly from: number;
  readonly until: number;
  readonly before: string;
  readonly after: string;
  /** Line of the place, from 1. */
  readonly line: number;
}

const OPERATORS: Readonly<Record<string, readonly [Mutation["kind"], string]>> = {
  "<": ["comparison", "<="],
  "<=": ["comparison", "<"],
  ">": ["comparison", ">="],
  ">=": ["comparison", ">"],
  "===": ["comparison", "!=="],
  "!==": ["comparison", "==="],
  "+": ["sign", "-"],
  "-": ["sign", "+"],
  "*": ["sign", "/"],
  "/": ["sign", "*"],
  "%": ["sign", "*"],
  "<<": ["sign", ">>"],
  ">>": ["sign", "<<"],
  "&": ["sign", "|"],
  "|": ["sign", "&"],
  "+=": ["sign", "-="],
  "-=": ["sign", "+="],
  "*=": ["sign", "/="],
  "/=": ["sign", "*="],
  "&&": ["condition", "||"],
  "||": ["condition", "&&"],
};

const BOUNDS: Readonly<Record<string, string>> = {
  "Math.min": "Math.max",
  "Math.max": "Math.min",
  "Math.floor": "Math.ceil",
  "Math.ceil": "Math.floor",
};

/**
 * All changes of a source text, in order: of comparisons, signs and operators, conditions, constants,
 * bounds (`Math.min`), and statements that are left out. Texts for people, types and errors are left
 * alone, as tests are not to repeat words, and so are numbers by which marks of a chart look as they
 * do (`hasLooks`), and what else `unnoticeable.ts` gives a reason for.
 */
export function mutationsOf(
  source: string,
  { hasLooks = false }: { readonly hasLooks?: boolean } = {},
): readonly Mutation[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: Mutation[] = [];
  const add = (kind: Mutation["kind"], node: ts.Node, after: string) => {
    const from = node.getStart(file);
    const until = node.getEnd();
    const line = file.getLineAndCharacterOfPosition(from).line + 1;
    found.push({ kind, from, until, before: source.slice(from, until), after, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isThrowStatement(node) || isWords(node) || isError(node)) return;
    if (isOfHost(node) || (hasLooks && isLook(node))) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const change = OPERATORS[node.operatorToken.getText(file)];
      const isText = change?.[0] === "sign" && (isWords(node.left) || isWords(node.right));
      if (change !== undefined && !isText && !isEqualAlike(node)) {
        add(change[0], node.operatorToken, change[1]);
      }
    } else if (ts.isPrefixUnaryExpression(node)) {
      const operand = node.operand.getText(file);
      if (node.operator === ts.SyntaxKind.MinusToken) add("sign", node, operand);
      if (node.operator === ts.SyntaxKind.ExclamationToken) add("condition", node, operand);
    } else if (ts.isNumericLiteral(node) && !isName(node) && !isUnseen(node)) {
      const value = Number(node.text.replaceAll("_", ""));
      add("constant", node, String(value + 1));
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
      add("constant", node, "false");
    } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
      add("constant", node, "true");
    } else if (ts.isCallExpression(node)) {
      const after = BOUNDS[node.expression.getText(file)];
      if (after !== undefined) add("bound", node.expression, after);
    } else if (ts.isIfStatement(node)) {
      const condition = node.expression.getText(file);
      add("condition", node.expression, `!(${condition})`);
    }
    if (ts.isExpressionStatement(node) && hasEffect(node.expression)) add("statement", node, ";");
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.sort((a, b) => a.from - b.from || a.until - b.until);
}

/** The text with a change in it. */
export function mutated(source: string, { from, until, after }: Mutation): string {
  return source.slice(0, from) + after + source.slice(until);
}

/** A comparison by size that may as well take the other side at equality. */
function isEqualAlike(node: ts.BinaryExpression): boolean {
  return isChoice(node) || isOrder(node) || isOfMoments(node);
}

function isUnseen(node: ts.NumericLiteral): boolean {
  return isWait(node) || isOrdered(node);
}

/** A number that names a member, as in `{ 0: "main" }`. */
function isName(node: ts.NumericLiteral): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node;
}

function hasEffect(expression: ts.Expression): boolean {
  return ts.isCallExpression(expression) || ts.isAwaitExpression(expression) ||
    ts.isPostfixUnaryExpression(expression) || ts.isPrefixUnaryExpression(expression) ||
    ts.isDeleteExpression(expression) ||
    (ts.isBinaryExpression(expression) &&
      expression.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      expression.operatorToken.kind <= ts.SyntaxKind.LastAssignment);
}
