import { apply, choose, constant } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { byteOf, elementAt, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectType } from "../../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/**
 * The nearest integers to square roots of uint64, shifted down. A root of what fits 32 bits is no
 * larger than 65535, any other no larger than 2^32 - 1.
 */
export const signalFilterBankSquareRoot: EngineOperator<"SignalFilterBankSquareRoot"> = {
  types: ["uint64"],
  reference: prepareSquareRoot,
  kernels: [squareRootKernel],
};

function prepareSquareRoot(
  { inputs: [input, bits], outputs: [output] }: Operation<"SignalFilterBankSquareRoot">,
): ReferenceKernel {
  expectType("input", input, ["uint64"]);
  expectType("bits", bits, ["int32"]);
  expectType("output", output, ["uint32"]);
  return ([x, shift], [y]) => {
    const squares = x as unknown as BigUint64Array;
    squares.forEach((square, i) => y[i] = Number(nearestRoot(square)) >>> shift[0]);
  };
}

/** The nearest root: of `r r + rest` it is `r + 1` where the rest is more than `r`. */
function nearestRoot(square: bigint): bigint {
  let root = 0n;
  for (let bit = 1n << 31n; bit > 0n; bit >>= 1n) {
    if ((root + bit) * (root + bit) <= square) root += bit;
  }
  const most = square >> 32n === 0n ? 0xffffn : 0xffffffffn;
  return square - root * root > root && root !== most ? root + 1n : root;
}

/** Root and rest bit by bit: the root grows from the left as the rest falls. */
function squareRootKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SignalFilterBankSquareRoot") === null) return null;
  const { inputs: [input, bits], outputs: [output] } = layer;
  const zero = constant(0n, "i64");
  const one = constant(1n, "i64");
  return plainKernel(layer, "square root", (b) => {
    const shift = b.let("shift", b.load("i32.load", byteOf(bits!.region)));
    b.for("i", { until: output.tensor.shape[0] }, (i) => {
      const rest = b.let("rest", b.load("i64.load", elementAt(input!.region, i, 8)));
      const isShort = b.let(
        "is_short",
        apply("i64.eqz", [
          apply("i64.shr_u", [rest, constant(32n, "i64")]),
        ]),
      );
      const root = b.let("root", zero);
      const bit = b.let("bit", constant(1n << 62n, "i64"));
      b.for("step", { until: 32 }, () => {
        const sum = b.let("sum", apply("i64.add", [root, bit]));
        b.set(root, apply("i64.shr_u", [root, one]));
        b.if(apply("i64.ge_u", [rest, sum]), () => {
          b.set(rest, apply("i64.sub", [rest, sum]));
          b.set(root, apply("i64.add", [root, bit]));
        });
        b.set(bit, apply("i64.shr_u", [bit, constant(2n, "i64")]));
      });
      const most = choose(isShort, constant(0xffffn, "i64"), constant(0xffffffffn, "i64"));
      const isMore = apply("i32.and", [
        apply("i64.gt_u", [rest, root]),
        apply("i64.ne", [root, most]),
      ]);
      const nearest = apply("i32.add", [apply("i32.wrap_i64", [root]), isMore]);
      b.store("i32.store", elementAt(output.region, i, 4), apply("i32.shr_u", [nearest, shift]));
    });
  });
}
