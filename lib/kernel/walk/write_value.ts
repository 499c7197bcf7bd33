import { accessBytes } from "../instructions.ts";
import { type ValueType, vectorParts } from "../instruction.ts";
import type { Place, Region, Value } from "../kernel.ts";
import type { Opcode } from "../opcode.ts";
import { isStore } from "./tally.ts";
import { type CountedStretch, decides, type WalkContext } from "./walk_context.ts";

/** What is done with a value. */
export interface Use {
  /** Whether it is computed, and an expression of it given. */
  readonly isWanted: boolean;
  /** Whether it is data, neither an address nor a decision. */
  readonly isData: boolean;
}

/** The use of values by which the walk finds its way. */
export const asDecision: Use = { isWanted: true, isData: false };

/** Writes what computing a value executes; if it is wanted, gives an expression of it. */
export function writeValue(
  context: WalkContext,
  value: Value,
  use: Use,
  stretch: CountedStretch,
): string {
  const { isWanted } = use;
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "bytes":
      return isWanted ? context.refuse("a vector") : "";
    case "local":
      return isWanted ? context.name(value.local) : "";
    case "address":
      return isWanted ? String(context.first(value.region) + value.offsetBytes) : "";
    case "if":
      return writeEither(context, value, use, stretch);
    case "call": {
      const call = writeCall(context, value, stretch);
      if (!isWanted) {
        stretch.lines.push(`${call};`);
        return "";
      }
      if (!context.kernels.has(value.callee)) context.refuse(`what ${value.callee} returns`);
      const result = context.temporary();
      stretch.lines.push(`${result} = ${call};`);
      return result;
    }
    case "load": {
      const { op, place } = value;
      const address = writeAddress(context, place, isWanted, stretch);
      writeAccess(context, { op, place, address, type: value.type }, stretch);
      return isWanted ? writeLoad(context, { op, place, address }, stretch) : "";
    }
    case "op": {
      const args = value.args.map((arg) => writeValue(context, arg, use, stretch));
      stretch.tally.instruction(value.op, use.isData);
      if (!isWanted) return "";
      const write = value.type === "i32" ? javascriptOps[value.op] : undefined;
      return write === undefined ? context.refuse(value.op) : write(args[0], args[1], args[2]);
    }
  }
}

/** Writes what computing a place's address executes. */
export function writeAddress(
  context: WalkContext,
  { address }: Place,
  isWanted: boolean,
  stretch: CountedStretch,
): string {
  const use = { isWanted: isWanted || context.isTrace, isData: false };
  return writeValue(context, address, use, stretch);
}

/** Writes that memory is accessed. */
export function writeAccess(
  context: WalkContext,
  { op, place, address, type }: Access & { readonly type: ValueType },
  stretch: CountedStretch,
): void {
  const region = context.region(place.region);
  // What is repeated in all lanes is loaded once.
  const parts = op.endsWith("_splat") ? 1 : Math.max(1, vectorParts(type));
  if (!context.isTrace) return stretch.tally.access(op, region, parts);
  const bytes = parts * accessBytes(op);
  const used = Math.min(bytes, place.usedBytes ?? bytes);
  const at = addressText(context, place, address);
  stretch.lines.push(`$touch(${at}, ${bytes}, ${region}, ${isStore(op)}, ${used});`);
}

/** Writes two branches and what either executes. */
export function writeBranch(
  context: WalkContext,
  condition: string,
  { then, otherwise }: {
    readonly then: (inner: CountedStretch) => void;
    readonly otherwise: (inner: CountedStretch) => void;
  },
  stretch: CountedStretch,
): void {
  const first = context.stretch(stretch.weight, stretch.tally.isInnermost);
  then(first);
  const second = context.stretch(stretch.weight, stretch.tally.isInnermost);
  otherwise(second);
  stretch.tally.branches.push([first.tally, second.tally]);
  stretch.lines.push(
    `if (${condition}) {`,
    ...context.close(first),
    "} else {",
    ...context.close(second),
    "}",
  );
}

/** A call, as an expression; what its arguments execute comes before. */
export function writeCall(
  context: WalkContext,
  { callee, args }: { readonly callee: string; readonly args: readonly Value[] },
  stretch: CountedStretch,
): string {
  const wanted = context.argumentsWanted(callee);
  const parameters = context.kernels.get(callee)?.parameters ?? [];
  const given = args.map((arg, i) => {
    const isData = i < parameters.length && !context.pointers.has(parameters[i]) && !wanted[i];
    const use = { isWanted: wanted[i] ?? false, isData };
    return writeValue(context, arg, use, stretch) || "0";
  });
  const index = context.code.kernels.findIndex(({ name }) => name === callee);
  return index === -1 ? "" : `$f${index}(${[stretch.weight, ...given].join(", ")})`;
}

interface Access {
  readonly op: Opcode;
  readonly place: Place;
  readonly address: string;
}

function writeEither(
  context: WalkContext,
  value: Extract<Value, { kind: "if" }>,
  use: Use,
  stretch: CountedStretch,
): string {
  const isDecided = use.isWanted || decides(value);
  const asCondition = { isWanted: isDecided, isData: false };
  const condition = writeValue(context, value.condition, asCondition, stretch);
  if (!isDecided) return "";
  let [then, otherwise] = ["", ""];
  writeBranch(context, condition, {
    then: (inner) => then = writeValue(context, value.then, use, inner),
    otherwise: (inner) => otherwise = writeValue(context, value.otherwise, use, inner),
  }, stretch);
  return use.isWanted ? `(${condition} ? ${then} : ${otherwise})` : "";
}

/** A load whose value is wanted. */
function writeLoad(
  context: WalkContext,
  { op, place, address }: Access,
  stretch: CountedStretch,
): string {
  const { space, name } = place.region;
  const what = `${op} from ${name}`;
  const write = javascriptLoads[op];
  if (write === undefined) return context.refuse(what);
  if (!context.code.memory?.spaces.includes(space)) {
    return context.refuse(what, "what memory holds there");
  }
  const at = addressText(context, place, address);
  if (space === "constants") return write(at);
  if (context.isTrace) stretch.lines.push(`$expect(${at}, ${accessBytes(op)});`);
  else if (context.stored.some((region) => mayOverlap(region, place.region))) {
    return context.refuse(`${what}, which is written as well`);
  }
  return write(at);
}

function addressText(
  context: WalkContext,
  { region, offsetBytes, isIndex }: Place,
  address: string,
): string {
  return `${address} + ${(isIndex ? context.first(region) : 0) + offsetBytes}`;
}

/** Regions that leave their size open may lie anywhere in their space. */
function mayOverlap(a: Region, b: Region): boolean {
  if (a.space !== b.space) return a.space === "memory" || b.space === "memory";
  if (a.sizeBytes === 0 || b.sizeBytes === 0) return true;
  return a.offsetBytes < b.offsetBytes + b.sizeBytes && b.offsetBytes < a.offsetBytes + a.sizeBytes;
}

type Write = (a: string, b: string, c: string) => string;

const unsigned = (a: string) => `(${a} >>> 0)`;
const compare = (sign: string): Write => (a, b) => `(${a} ${sign} ${b} ? 1 : 0)`;
const compareUnsigned = (sign: string): Write => (a, b) =>
  `(${unsigned(a)} ${sign} ${unsigned(b)} ? 1 : 0)`;
const wrap = (sign: string): Write => (a, b) => `(${a} ${sign} ${b} | 0)`;

/** Instructions on i32 in JavaScript: what addresses and bounds of loops are computed with. */
const javascriptOps: Readonly<Partial<Record<Opcode, Write>>> = {
  "select": (a, b, c) => `(${c} ? ${a} : ${b})`,
  "i32.eqz": (a) => `(${a} === 0 ? 1 : 0)`,
  "i32.eq": compare("==="),
  "i32.ne": compare("!=="),
  "i32.lt_s": compare("<"),
  "i32.gt_s": compare(">"),
  "i32.le_s": compare("<="),
  "i32.ge_s": compare(">="),
  "i32.lt_u": compareUnsigned("<"),
  "i32.gt_u": compareUnsigned(">"),
  "i32.le_u": compareUnsigned("<="),
  "i32.ge_u": compareUnsigned(">="),
  "i32.clz": (a) => `Math.clz32(${a})`,
  "i32.add": wrap("+"),
  "i32.sub": wrap("-"),
  "i32.mul": (a, b) => `Math.imul(${a}, ${b})`,
  "i32.div_s": wrap("/"),
  "i32.div_u": (a, b) => `(${unsigned(a)} / ${unsigned(b)} | 0)`,
  "i32.rem_s": wrap("%"),
  "i32.rem_u": (a, b) => `(${unsigned(a)} % ${unsigned(b)} | 0)`,
  "i32.and": wrap("&"),
  "i32.or": (a, b) => `(${a} | ${b})`,
  "i32.xor": wrap("^"),
  "i32.shl": (a, b) => `(${a} << ${b})`,
  "i32.shr_s": (a, b) => `(${a} >> ${b})`,
  "i32.shr_u": wrap(">>>"),
  "i32.extend8_s": (a) => `(${a} << 24 >> 24)`,
  "i32.extend16_s": (a) => `(${a} << 16 >> 16)`,
};

/** Methods of DataView that load an i32; `true` at the end: little-endian. */
const javascriptLoads: Readonly<Partial<Record<Opcode, (address: string) => string>>> = {
  "i32.load": (address) => `$view.getInt32(${address}, true)`,
  "i32.load8_s": (address) => `$view.getInt8(${address})`,
  "i32.load8_u": (address) => `$view.getUint8(${address})`,
  "i32.load16_s": (address) => `$view.getInt16(${address}, true)`,
  "i32.load16_u": (address) => `$view.getUint16(${address}, true)`,
};
