// Kernels made up at random: loops, branches, calls and conditional values over a few variables.
import * as fc from "fast-check";
import type { KernelCode, Region, Value } from "../../lib/kernel/kernel.ts";
import { KernelBuilder } from "../../lib/kernel/kernel_builder.ts";
import { add, apply, callOf, choose, constant, either, mul, sub } from "../../lib/kernel/values.ts";

/** What the kernels only read. */
export const table: Region = {
  name: "table",
  space: "constants",
  offsetBytes: 0,
  sizeBytes: 64,
  check: null,
};

/** What they read and write, without a decision that depends on it. */
export const data: Region = { ...table, name: "data", space: "arena", sizeBytes: 256 };

/** Draws a number below a limit. */
type Draw = (limit: number) => number;

type Variable = Value & { readonly kind: "local" };

/** What a kernel that is being written may use. */
interface Scene {
  readonly b: KernelBuilder;
  readonly draw: Draw;
  /** Variables that may be read. */
  readonly readable: readonly Variable[];
  /** Variables that may be set: no loop runs on them. */
  readonly settable: readonly Variable[];
  readonly callees: readonly KernelCode[];
  readonly depth: number;
}

/** A kernel of two parameters that is called first, and two that it may call. */
export const randomKernels: fc.Arbitrary<readonly KernelCode[]> = fc
  .array(fc.nat(1 << 20), { minLength: 60, maxLength: 160 })
  .map((numbers) => {
    let next = 0;
    const draw = (limit: number) => (numbers[next++ % numbers.length] + next) % limit;
    const leaf = kernel("leaf", draw, []);
    const inner = kernel("inner", draw, [leaf]);
    return [kernel("outer", draw, [leaf, inner]), leaf, inner];
  });

function kernel(name: string, draw: Draw, callees: readonly KernelCode[]): KernelCode {
  const b = new KernelBuilder();
  const parameters = ["x", "y"].map((each) => b.parameter(each) as Variable);
  const locals = ["p", "q", "r"].map((each, i) => b.let(each, i + draw(3)));
  const variables = [...parameters, ...locals];
  const depth = callees.length === 1 ? 1 : 2;
  statements({ b, draw, readable: variables, settable: variables, callees, depth });
  return b.finish(name, small(variables[draw(variables.length)]));
}

function statements(scene: Scene): void {
  const { draw } = scene;
  for (let i = 1 + draw(3); i > 0; i--) statement(scene, draw(scene.depth > 0 ? 9 : 4));
}

function statement(scene: Scene, kind: number): void {
  const { b, draw, readable, settable, callees, depth } = scene;
  const local = settable[draw(settable.length)];
  const inside = (more: Partial<Scene> = {}) => statements({ ...scene, ...more, depth: depth - 1 });
  switch (kind) {
    case 0:
      return b.set(local, value(scene, 2));
    case 1:
      return b.advance(local, draw(3) - 1);
    case 2: {
      const loaded = b.load("i32.load", { region: data, address: place(scene), isIndex: true });
      const stored = draw(2) === 0 ? loaded : value(scene, 1);
      return b.store("i32.store", { region: data, address: place(scene), isIndex: true }, stored);
    }
    case 3: {
      const callee = callees[draw(callees.length + 1)];
      if (callee === undefined) return;
      const args = [value(scene, 1), value(scene, 1)].map(small);
      const result = callOf(callee.name, "i32", args);
      if (draw(2) === 0) return b.set(local, result);
      b.let("unused", result);
      return;
    }
    case 4:
      return b.if(condition(scene), inside, draw(2) === 0 ? inside : undefined);
    case 5: {
      // From what a variable holds, which it gets just before or has.
      const rest = settable.filter((each) => each !== local);
      b.set(local, small(local));
      const bounds = { until: sub(0, draw(3)), step: -1 - draw(2) };
      return b.goOn(local, bounds, () => inside({ settable: rest }));
    }
    default: {
      const step = draw(3) === 0 ? -1 - draw(2) : 1 + draw(2);
      const [from, until] = [bound(scene), bound(scene)];
      const bounds = {
        from: draw(2) === 0 ? 0 : from,
        until: step > 0 ? until : sub(0, until),
        step,
      };
      return b.for("i", { ...bounds, atLeastOnce: draw(4) === 0 }, (variable) => {
        const more = variable.kind === "local" ? [variable as Variable] : [];
        inside({ readable: [...readable, ...more] });
      });
    }
  }
}

function bound(scene: Scene): Value {
  const { draw, callees } = scene;
  if (draw(2) === 0) return constant(draw(5));
  const callee = draw(4) === 0 ? callees[0] : undefined;
  if (callee === undefined) return small(value(scene, 1));
  return small(callOf(callee.name, "i32", [value(scene, 1), draw(4)]));
}

function condition(scene: Scene): Value {
  return apply(scene.draw(2) === 0 ? "i32.lt_s" : "i32.eq", [value(scene, 1), scene.draw(5)]);
}

/** An index of a word of the data. */
function place(scene: Scene): Value {
  return mul(apply("i32.and", [value(scene, 1), 63]), 4);
}

/** What loops may count to. */
function small(of: Value): Value {
  return apply("i32.and", [of, 3]);
}

function value(scene: Scene, depth: number): Value {
  const { draw, readable } = scene;
  const inner = () => value(scene, depth - 1);
  switch (depth === 0 ? draw(2) : draw(8)) {
    case 0:
      return constant(draw(9) - 4);
    case 2:
      return add(inner(), inner());
    case 3:
      return sub(inner(), inner());
    case 4:
      return choose(condition(scene), inner(), inner());
    case 5: {
      const address = apply("i32.and", [inner(), 15]);
      const load = scene.b.load("i32.load8_s", { region: table, address, isIndex: true });
      return either(condition(scene), load, inner());
    }
    default:
      return readable[draw(readable.length)];
  }
}
