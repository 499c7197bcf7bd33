import type { KernelCode, Local, Place, Space, Value } from "../../kernel/kernel.ts";
import { valuesOf, visitStatements, visitValue } from "../../kernel/parts.ts";

/** The spaces into which variables may point. */
export type PointerSpaces = ReadonlyMap<Local, ReadonlySet<Space>>;

/**
 * The spaces of all variables. Refuses kernels in which a pointer may point into another space than that of the region which is
 * accessed through it. In C a pointer is an offset in its space, and the region tells which one.
 *
 * @throws {TypeError} for an access through a pointer of another space, of several, or of none.
 */
export function checkPointerSpaces(kernels: readonly KernelCode[]): PointerSpaces {
  const named = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  const spaces = new Map<Local, Set<Space>>();
  let changes = true;
  const join = (local: Local, more: ReadonlySet<Space>) => {
    const known = spaces.get(local) ?? new Set();
    spaces.set(local, known);
    for (const space of more) {
      if (known.has(space)) continue;
      known.add(space);
      changes = true;
    }
  };
  const pointsTo = (value: Value): ReadonlySet<Space> => {
    switch (value.kind) {
      case "address":
        return new Set([value.region.space]);
      case "local":
        return spaces.get(value.local) ?? new Set();
      case "if":
        return union(pointsTo(value.then), pointsTo(value.otherwise));
      case "op": {
        const { op, args } = value;
        if (op === "select") return union(pointsTo(args[0]), pointsTo(args[1]));
        if (op !== "i32.add" && op !== "i32.sub") return new Set();
        const [left, right] = args.map(pointsTo);
        // The difference of two pointers is a distance.
        if (op === "i32.sub" && left.size > 0 && right.size > 0) return new Set();
        return union(left, right);
      }
      default:
        return new Set();
    }
  };
  const pass = (callee: string, args: readonly Value[]) => {
    named.get(callee)?.parameters.forEach((parameter, i) => join(parameter, pointsTo(args[i])));
  };
  while (changes) {
    changes = false;
    for (const kernel of kernels) {
      forAll(kernel, (value) => value.kind === "call" && pass(value.callee, value.args));
      visitStatements(kernel.body, (statement) => {
        if (statement.kind === "set") join(statement.local, pointsTo(statement.value));
        if (statement.kind === "for") join(statement.variable, pointsTo(statement.from));
        if (statement.kind === "call") pass(statement.callee, statement.args);
      });
    }
  }
  for (const kernel of kernels) {
    const check = ({ region, address, isIndex }: Place) => {
      const found = [...pointsTo(address)];
      // Where there is one memory, any number is an address in it.
      const isOffset = isIndex || region.space === "memory" && found.length === 0;
      const isRight = isOffset
        ? found.length === 0
        : found.length === 1 && found[0] === region.space;
      if (isRight) return;
      throw new TypeError(
        `kernel ${kernel.name} accesses ${region.name} in ${region.space} through a pointer into ` +
          `${found.join(" and ") || "no space"}`,
      );
    };
    forAll(kernel, (value) => value.kind === "load" && check(value.place));
    visitStatements(kernel.body, (each) => each.kind === "store" && check(each.place));
  }
  return spaces;
}

function forAll({ body, returns }: KernelCode, see: (value: Value) => void): void {
  visitStatements(
    body,
    (statement) => valuesOf(statement).forEach((each) => visitValue(each, see)),
  );
  if (returns !== null) visitValue(returns, see);
}

function union(a: ReadonlySet<Space>, b: ReadonlySet<Space>): ReadonlySet<Space> {
  return new Set([...a, ...b]);
}
