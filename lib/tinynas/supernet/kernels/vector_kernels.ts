import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfF32 } from "../../../kernel/values.ts";
import {
  forBlocks,
  load,
  minus,
  plus,
  single,
  store,
  times,
  type VectorBlock,
  type VectorBytes,
} from "./vectors.ts";

const [ZERO, SIX] = [0, 6].map((value) => vectorOfF32(value));

/** `to = clamp(to + from)` to 0..6, a multiple of 16 bytes. */
export function addRelu6Kernel(name: string, widest: VectorBytes): KernelCode {
  return alongKernel(name, { arrays: ["to", "from"], blocks: single(widest) }, (_, [to, from]) => {
    const sum = plus(to.load(), from.load());
    const positive = apply("f32x4.pmax", [sum, ZERO]);
    to.store(apply("f32x4.pmin", [positive, SIX]));
  });
}

/** The gradient behind a ReLU6, from that of its result `y`: `dy` becomes 0 where y was clamped. */
export function maskRelu6Kernel(name: string, widest: VectorBytes): KernelCode {
  return alongKernel(name, { arrays: ["dy", "y"], blocks: single(widest) }, (b, [dy, y]) => {
    const value = b.let("value", y.load());
    const inside = apply("v128.and", [
      apply("f32x4.gt", [value, ZERO]),
      apply("f32x4.lt", [value, SIX]),
    ]);
    dy.store(apply("v128.and", [dy.load(), inside]));
  });
}

/** Bytes of a cache line. */
const LINE_BYTES = 64;

/** `to += from`, a multiple of 16 bytes. */
export function addKernel(name: string, widest: VectorBytes): KernelCode {
  const blocks = [{ bytes: widest, count: LINE_BYTES / widest }, ...single(16)];
  return alongKernel(
    name,
    { arrays: ["to", "from"], blocks },
    (_, [to, from]) => to.store(plus(to.load(), from.load())),
  );
}

/**
 * One step of gradient descent with momentum, as PyTorch's SGD has it: `v = momentum v + g + decay w`,
 * `w -= rate v`; the gradient becomes 0 for the next step.
 */
export function descendKernel(name: string, widest: VectorBytes): KernelCode {
  const arrays = ["weights", "gradients", "velocities"];
  const scalars = ["rate", "momentum", "decay"];
  return alongKernel(
    name,
    { arrays, scalars, blocks: single(widest) },
    (b, [w, g, v], { rate, momentum, decay }) => {
      const weight = b.let("weight", w.load());
      const slope = plus(g.load(), times(decay, weight));
      const velocity = b.let("velocity", plus(times(momentum, v.load()), slope));
      v.store(velocity);
      w.store(minus(weight, times(rate, velocity)));
      g.store(apply("v128.xor", [velocity, velocity]));
    },
  );
}

/**
 * Values as int8 has them: `q = clamp(nearest(value / scale) + zero, -128, 127)`, and `(q - zero) scale`
 * of it in place. All in float32, where such integers are exact.
 */
export function roundKernel(name: string, widest: VectorBytes): KernelCode {
  const scalars = ["inverse", "scale", "zero"];
  return alongKernel(
    name,
    { arrays: ["values"], scalars, blocks: single(widest) },
    (_, [values], { inverse, scale, zero }) => {
      const [least, most] = [-128, 127].map((limit) => minus(vectorOfF32(limit), zero));
      const steps = apply("f32x4.nearest", [times(values.load(), inverse)]);
      const above = apply("f32x4.pmax", [steps, least]);
      values.store(times(apply("f32x4.pmin", [above, most]), scale));
    },
  );
}

/** `to += share from`, a multiple of 16 bytes. */
export function addShareKernel(name: string, widest: VectorBytes): KernelCode {
  return alongKernel(
    name,
    { arrays: ["to", "from"], scalars: ["share"], blocks: single(widest) },
    (_, [to, from], { share }) => to.store(plus(to.load(), times(share, from.load()))),
  );
}

/**
 * `to[j][i] = from[i][j]` for `k` rows of `n` columns, multiples of 4: sixteen values at a time. Bytes lead
 * from one row of `from` to the next; rows of `to` lie side by side.
 */
export function transposeKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [from, fromRow, to, k, n] = ["from", "from_row", "to", "k", "n"]
    .map((each) => b.parameter(each));
  const toRow = b.let("to_row", mul(k, 4));
  // Of two vectors, pairs of lanes from the first or the second half.
  const lanesOf = (a: Value, c: Value, lanes: readonly number[]) =>
    apply("i8x16.shuffle", [a, c], lanes.flatMap((lane) => [0, 1, 2, 3].map((i) => 4 * lane + i)));
  b.for("i", { until: k, step: 4 }, (i) =>
    b.for("j", { until: n, step: 4 }, (j) => {
      const source = b.let("source", add(add(from, mul(i, fromRow)), mul(j, 4)));
      const rows = [0, 1, 2, 3].map((row) => {
        if (row > 0) b.advance(source, fromRow);
        return b.let("row", load({ address: source }, 16));
      });
      const [low, high] = [[0, 4, 1, 5], [2, 6, 3, 7]].map((lanes) =>
        [0, 2].map((row) => b.let("pairs", lanesOf(rows[row], rows[row + 1], lanes)))
      );
      const target = b.let("target", add(add(to, mul(j, toRow)), mul(i, 4)));
      [low, high].flatMap(([upper, lower]) =>
        [[0, 1, 4, 5], [2, 3, 6, 7]].map((lanes) => lanesOf(upper, lower, lanes))
      ).forEach((column, c) => {
        if (c > 0) b.advance(target, toRow);
        store(b, { address: target }, column);
      });
    }));
  return b.finish(name);
}

/** A vector of an array. */
interface ArrayVector {
  readonly load: () => Value;
  readonly store: (value: Value) => void;
}

/** A kernel along arrays of `bytes` bytes, one vector of each after the other. */
function alongKernel(
  name: string,
  { arrays, scalars = [], blocks }: {
    readonly arrays: readonly string[];
    /** Numbers that it is given behind the bytes. */
    readonly scalars?: readonly string[];
    readonly blocks: readonly VectorBlock[];
  },
  body: (
    b: KernelBuilder,
    vectors: readonly ArrayVector[],
    scalars: Readonly<Record<string, Value>>,
  ) => void,
): KernelCode {
  const b = new KernelBuilder();
  const addresses = arrays.map((each) => b.parameter(each));
  const until = b.parameter("bytes");
  const given = scalars.map((each) => [each, b.parameter(each, "f32")] as const);
  const lanes = Object.fromEntries(
    given.map(([each, scalar]) => [each, b.let(each, apply("f32x4.splat", [scalar]))]),
  );
  forBlocks(b, { until, blocks }, (at, { bytes, count }) => {
    const places = addresses.map((address, i) => b.let(arrays[i], add(address, at)));
    for (let v = 0; v < count; v++) {
      const vectors = places.map((address): ArrayVector => {
        const place = { address, offsetBytes: v * bytes };
        return { load: () => load(place, bytes), store: (value) => store(b, place, value) };
      });
      body(b, vectors, lanes);
    }
  });
  return b.finish(name);
}
