import type { Local, Statement } from "../kernel.ts";
import { bodiesOf, fallsToZero, goesOn, valuesOf, visitValue } from "../parts.ts";
import { type RepeatedLoop, repeatedLoop } from "./repeated_loop.ts";
import type { CountedStretch, WalkContext } from "./walk_context.ts";
import {
  asDecision,
  writeAccess,
  writeAddress,
  writeBranch,
  writeCall,
  writeValue,
} from "./write_value.ts";

/** Passes through loops between two looks whether the walk is to end. */
const PASSES_PER_LOOK = 2 ** 16;

type Loop = Extract<Statement, { kind: "for" }>;

/** Writes what statements execute, one after the other. */
export function writeStatements(
  context: WalkContext,
  statements: readonly Statement[],
  stretch: CountedStretch,
): void {
  for (const statement of statements) writeStatement(context, statement, stretch);
}

function writeStatement(context: WalkContext, statement: Statement, stretch: CountedStretch): void {
  switch (statement.kind) {
    case "remark":
      return;
    case "barrier":
      writeValue(context, statement.threads, { isWanted: false, isData: false }, stretch);
      return;
    case "set": {
      const { local } = statement;
      const isWanted = context.wanted.locals.has(local);
      const isData = !isWanted && !context.pointers.has(local);
      const value = writeValue(context, statement.value, { isWanted, isData }, stretch);
      if (isWanted) stretch.lines.push(`${context.name(local)} = ${value};`);
      return countSet(context, local, stretch);
    }
    case "call":
      stretch.lines.push(`${writeCall(context, statement, stretch)};`);
      return;
    case "store": {
      const { op, place, value } = statement;
      const address = writeAddress(context, place, false, stretch);
      writeValue(context, value, { isWanted: false, isData: true }, stretch);
      return writeAccess(context, { op, place, address, type: value.type }, stretch);
    }
    case "if": {
      const condition = writeValue(context, statement.condition, asDecision, stretch);
      return writeBranch(context, condition, {
        then: (inner) => writeStatements(context, statement.then, inner),
        otherwise: (inner) => writeStatements(context, statement.otherwise, inner),
      }, stretch);
    }
    case "for":
      return writeFor(context, statement, stretch);
  }
}

function writeFor(context: WalkContext, loop: Loop, stretch: CountedStretch): void {
  const { variable, from, body, step, atLeastOnce } = loop;
  const isInnermost = !holdsLoops(context, body);
  const name = context.name(variable);
  if (!goesOn(loop)) {
    stretch.lines.push(`${name} = ${writeValue(context, from, asDecision, stretch)};`);
    countSet(context, variable, stretch);
  }
  const first = atLeastOnce ? "" : writeTest(context, loop, { compares: true }, stretch);
  if (!atLeastOnce && isInnermost) stretch.tally.innermostTests++;
  const repeated = context.isTrace ? null : repeatedLoop(loop, {
    wanted: context.wanted,
    argumentsWanted: (callee) => context.argumentsWanted(callee),
  });
  if (repeated !== null) return writeRepeated(context, loop, { repeated, isInnermost }, stretch);
  const inner = context.stretch(stretch.weight, isInnermost);
  writeStatements(context, body, inner);
  inner.lines.push(
    `if (++$passes % ${PASSES_PER_LOOK} === 0) $look();`,
    `${name} = ${name} + ${step} | 0;`,
  );
  const again = writePassEnd(context, loop, inner);
  const lines = ["do {", ...context.close(inner), `} while (${again});`];
  stretch.lines.push(...atLeastOnce ? lines : [`if (${first}) {`, ...lines, "}"]);
}

/** One pass that counts for all of a loop. */
function writeRepeated(
  context: WalkContext,
  loop: Loop,
  { repeated: { moves }, isInnermost }: {
    readonly repeated: RepeatedLoop;
    readonly isInnermost: boolean;
  },
  stretch: CountedStretch,
): void {
  const name = context.name(loop.variable);
  // Computed here once more than it is executed, so that it counts for nothing.
  const bound = writeValue(context, loop.until, asDecision, context.stretch("0", false));
  const [passes, weight] = [context.temporary(), context.temporary()];
  const inner = context.stretch(weight, isInnermost);
  writeStatements(context, loop.body, inner);
  writePassEnd(context, loop, inner);
  const least = loop.atLeastOnce ? 1 : 0;
  stretch.lines.push(
    `${passes} = Math.max(${least}, Math.ceil((${bound} - ${name}) / ${loop.step}));`,
    `if (${passes} > 0) {`,
    `${weight} = ${stretch.weight} * ${passes};`,
    ...context.close(inner),
    ...moves.map(({ local, by }) => {
      const moved = context.name(local);
      return `${moved} = ${moved} + Math.imul(${by}, ${passes} - 1) | 0;`;
    }),
    `${name} = ${name} + Math.imul(${loop.step}, ${passes}) | 0;`,
    "}",
  );
}

/** What ends a pass through a loop; gives whether there is another one. */
function writePassEnd(context: WalkContext, loop: Loop, inner: CountedStretch): string {
  inner.tally.instruction(loop.step > 0 ? "i32.add" : "i32.sub", false);
  countSet(context, loop.variable, inner);
  return writeTest(context, loop, { compares: !fallsToZero(loop) }, inner);
}

function writeTest(
  context: WalkContext,
  { variable, until, step }: Loop,
  { compares }: { readonly compares: boolean },
  stretch: CountedStretch,
): string {
  const end = writeValue(context, until, asDecision, stretch);
  stretch.tally.loopTests++;
  if (compares) stretch.tally.instruction(step > 0 ? "i32.lt_s" : "i32.gt_s", false);
  return `${context.name(variable)} ${step > 0 ? "<" : ">"} ${end}`;
}

function countSet(context: WalkContext, local: Local, stretch: CountedStretch): void {
  if (context.pointers.has(local)) stretch.tally.addressUpdates++;
}

function holdsLoops(context: WalkContext, statements: readonly Statement[]): boolean {
  return statements.some((statement) => {
    if (statement.kind === "for") return true;
    if (bodiesOf(statement).some((body) => holdsLoops(context, body))) return true;
    const called: string[] = statement.kind === "call" ? [statement.callee] : [];
    for (const value of valuesOf(statement)) {
      visitValue(value, (each) => each.kind === "call" && called.push(each.callee));
    }
    return called.some((callee) => holdsLoops(context, context.kernels.get(callee)?.body ?? []));
  });
}
