// Random kernels of words behind pointers, as the Thumb printer takes them.
import type { KernelCode, Region, Value } from "../../lib/kernel/kernel.ts";
import { KernelBuilder, start } from "../../lib/kernel/kernel_builder.ts";
import type { Opcode } from "../../lib/kernel/opcode.ts";
import { add, apply, choose, constant } from "../../lib/kernel/values.ts";

/** Bytes that a kernel reads, and words that it writes. */
export const INPUT_BYTES = 256;
export const OUTPUT_BYTES = 256;

const inputs: Region = {
  name: "inputs",
  space: "arena",
  offsetBytes: 0,
  sizeBytes: INPUT_BYTES,
  check: null,
};
const outputs: Region = {
  name: "outputs",
  space: "arena",
  offsetBytes: INPUT_BYTES,
  sizeBytes: OUTPUT_BYTES,
  check: null,
};

const BINARY: readonly Opcode[] = [
  "i32.add",
  "i32.sub",
  "i32.mul",
  "i32.and",
  "i32.or",
  "i32.xor",
  "i32.lt_s",
  "i32.ge_u",
  "i32.pack_low16",
  "i32.pack_high16",
];
const UNARY: readonly Opcode[] = [
  "i32.extend8_s",
  "i32.extend16_s",
  "i32.clz",
  "i32.eqz",
  "i32.extend_even8_s",
  "i32.extend_odd8_s",
  "i32.saturate8_s",
];
const TERNARY: readonly Opcode[] = [
  "i32.dot_i16x2_add",
  "i32.mul_low_low_add",
  "i32.mul_low_high_add",
  "i32.mul_high_low_add",
  "i32.mul_high_high_add",
  "i32.mulh_round_add",
];
const LOADS: readonly Opcode[] = [
  "i32.load",
  "i32.load",
  "i32.load8_s",
  "i32.load8_u",
  "i32.load16_s",
  "i32.load16_u",
];
const CONSTANTS = [
  0,
  1,
  -1,
  31,
  255,
  256,
  -300,
  4095,
  4097,
  65535,
  0x00ff00ff,
  0x12345678,
  -(2 ** 31),
];

/** A kernel and one that calls it with its pointers; `draw(n)` gives a number below n. */
export function randomWordKernels(
  name: string,
  draw: (limit: number) => number,
): readonly KernelCode[] {
  const b = new KernelBuilder();
  const [x, y, n] = ["x", "y", "n"].map((each) => b.parameter(each));
  const more = Array.from({ length: draw(5) }, (_, i) => b.parameter(`more${i}`));
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)];
  const locals: Value[] = [n, ...more];
  const value = (depth = 0): Value => {
    const kind = depth > 2 ? draw(2) : draw(7);
    if (kind < 2 || kind === 2 && depth > 0) {
      return draw(4) === 0 ? constant(pick(CONSTANTS)) : pick(locals);
    }
    if (kind === 3) return apply(pick(UNARY), [value(depth + 1)]);
    if (kind === 4) return apply(pick(TERNARY), [0, 1, 2].map(() => value(depth + 1)));
    if (kind === 5) {
      const op = pick(["i32.shl", "i32.shr_s", "i32.shr_u"] as const);
      return apply(op, [value(depth + 1), draw(32)]);
    }
    if (kind === 6 && draw(3) === 0) {
      return choose(apply("i32.gt_s", [value(2), value(2)]), value(depth + 1), value(depth + 1));
    }
    return apply(pick(BINARY), [value(depth + 1), value(depth + 1)]);
  };
  const load = (offset: number): Value =>
    b.load(pick(LOADS), { region: inputs, address: x, offsetBytes: offset });
  const from = b.let("from", x);
  const to = b.let("to", y);
  const step = (loops: number): void => {
    switch (draw(loops > 1 ? 6 : 8)) {
      case 0:
        return void locals.push(b.let("word", load(draw(INPUT_BYTES - 4))));
      case 1: {
        // Two words, and the pointer goes on; it stays in the first half.
        const at = { region: inputs, address: from, alignmentBytes: 4 };
        locals.push(b.let("first", b.load("i32.load", at)));
        locals.push(b.let("second", b.load("i32.load", { ...at, offsetBytes: 4 })));
        b.advance(from, 8);
        const end = add(x, INPUT_BYTES / 2);
        return b.if(apply("i32.ge_s", [from, end]), () => b.set(from, x));
      }
      case 2:
        return b.store(
          "i32.store",
          { region: outputs, address: y, offsetBytes: 4 * draw(60) },
          value(),
        );
      case 3: {
        b.store("i32.store", { region: outputs, address: to, alignmentBytes: 4 }, value());
        const at = { region: outputs, address: to, offsetBytes: 4, alignmentBytes: 4 };
        return b.store("i32.store", at, pick(locals));
      }
      case 4:
      case 5: {
        const own = locals.filter((each) =>
          each.kind === "local" && each.local.name.startsWith("v")
        );
        if (own.length < 18 || draw(3) === 0) return void locals.push(b.let("v", value()));
        return b.set(pick(own), value());
      }
      case 6: {
        const known = locals.length;
        const body = () => {
          for (let i = 1 + draw(4); i > 0; i--) step(loops + 1);
          locals.length = known;
        };
        return b.if(
          apply("i32.lt_s", [value(1), value(1)]),
          body,
          draw(2) === 0 ? undefined : body,
        );
      }
      default: {
        const known = locals.length;
        const isDown = draw(3) === 0;
        const bounds = isDown ? { from: 3, until: 0, step: -1 } : { until: draw(4) };
        b.for("i", bounds, (i) => {
          if (i.kind === "local") locals.push(i);
          for (let j = 1 + draw(4); j > 0; j--) step(loops + 1);
        });
        locals.length = known;
      }
    }
  };
  for (let i = 12 + draw(20); i > 0; i--) step(0);
  locals.slice(-20).forEach((each, i) => {
    b.store("i32.store", { region: outputs, address: y, offsetBytes: 4 * (40 + i) }, each);
  });
  const caller = new KernelBuilder();
  const args = more.map(() => pick(CONSTANTS));
  caller.call(`${name}_words`, [start(inputs), start(outputs), draw(100), ...args]);
  return [caller.finish(name), b.finish(`${name}_words`)];
}
