import type { ValueType } from "../../../kernel/instruction.ts";
import type { Opcode } from "../../../kernel/opcode.ts";
import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { asValue } from "../../../kernel/values.ts";
import type { Dtype } from "../../../model/dtype.ts";
import type { Layer } from "../../layer.ts";
import { type OpenKernel, openKernel } from "../walk/open_kernel.ts";

/** A layer's numbers, and pointers to where its tensors lie. */
export type Given<T> = { readonly [Name in keyof T]: number | Value };

/** These as the code sees them: constants, or variables. */
export type Numbers<T> = { readonly [Name in keyof T]: Value };

/** What a kernel's body is written with. */
export interface Body<T> extends OpenKernel {
  readonly numbers: Numbers<T>;
}

/** A region under the name of its role where layers share code: names of their own would keep them apart. */
export function inRole(
  role: string,
  region: Region,
  { codeGeneration }: { readonly codeGeneration: boolean },
): Region {
  return codeGeneration ? region : { ...region, name: role };
}

/**
 * The functions of a kernel whose body is written by `write`. With code generation the layer's
 * numbers (extents, strides, addresses, zero points) are constants of a function of its own. Without,
 * they lie in a block of int32, and layers whose code comes out the same share one function, which
 * gets pointers to the block and to the tensors: a library, as an interpreter calls it.
 */
export function writeKernel<T extends Given<T>>(
  layer: Layer,
  { numbers, codeGeneration }: { readonly numbers: T; readonly codeGeneration: boolean },
  write: (body: Body<T>) => void,
): readonly KernelCode[] {
  const names = Object.keys(numbers) as (keyof T)[];
  const kernel = openKernel(layer);
  const { b } = kernel;
  const withValues = (valueOf: (name: keyof T, index: number) => Value): Numbers<T> =>
    Object.fromEntries(names.map((name, index) => [name, valueOf(name, index)])) as Numbers<T>;
  if (codeGeneration) {
    write({ ...kernel, numbers: withValues((name) => asValue(numbers[name])) });
    return [b.finish(layer.name)];
  }
  const given: readonly (number | Value)[] = names.map((name) => numbers[name]);
  const pointers = given.filter((each) => typeof each !== "number");
  const values = Int32Array.from(given, (each) => typeof each === "number" ? each : 0);
  const block = layer.constants.place(`${layer.name}_block`, new Uint8Array(values.buffer));
  const pointer = b.parameter("block");
  const region = inRole("block", block, { codeGeneration });
  const parameters = new Map(
    names.flatMap((name, index) =>
      typeof given[index] === "number" ? [] : [[name, b.parameter(String(name))] as const]
    ),
  );
  const loaded = withValues((name, index) => {
    const parameter = parameters.get(name);
    if (parameter !== undefined) return parameter;
    const at = { region, address: pointer, offsetBytes: 4 * index };
    return b.let(String(name), b.load("i32.load", at));
  });
  write({ ...kernel, numbers: loaded });
  const shared = layer.library.share(b.finish("library"), layer.step.name.toLowerCase());
  const caller = new KernelBuilder();
  const own = caller.parameter("thread");
  caller.call(shared.name, [own, start(block), ...pointers]);
  return [caller.finish(layer.name), shared];
}

/** How elements of a type are loaded and stored. */
export interface ElementType {
  readonly load: Opcode;
  readonly store: Opcode;
  readonly bytes: number;
  /** What they are in a variable. */
  readonly value: ValueType;
}

const TYPES: Partial<Record<Dtype, ElementType>> = {
  int8: { load: "i32.load8_s", store: "i32.store8", bytes: 1, value: "i32" },
  uint8: { load: "i32.load8_u", store: "i32.store8", bytes: 1, value: "i32" },
  int16: { load: "i32.load16_s", store: "i32.store16", bytes: 2, value: "i32" },
  int32: { load: "i32.load", store: "i32.store", bytes: 4, value: "i32" },
  int64: { load: "i64.load", store: "i64.store", bytes: 8, value: "i64" },
  bool: { load: "i32.load8_u", store: "i32.store8", bytes: 1, value: "i32" },
  float32: { load: "f32.load", store: "f32.store", bytes: 4, value: "f32" },
};

/**
 * The type's loads and stores.
 *
 * @throws {TypeError} for a type that has none.
 */
export function elementType(dtype: Dtype): ElementType {
  const type = TYPES[dtype];
  if (type !== undefined) return type;
  throw new TypeError(`elements of ${dtype}, needed one of ${Object.keys(TYPES).join(", ")}`);
}
