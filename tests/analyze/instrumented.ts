import startWabt from "wabt";
import { compile, type Nest, wat } from "tinyloom";

/** What one run of a kernel's WebAssembly really executed. */
export interface Tally {
  readonly loads: number;
  readonly stores: number;
  readonly branches: number;
  readonly loopStarts: number;
  readonly products: number;
}

const kinds = {
  loads: /^(i32|i64|f32|f64|v128|i16x8|i32x4)\.load/,
  stores: /^(i32|i64|f32|f64|v128)\.store/,
  branches: /^br_if/,
  loopStarts: /^loop/,
  products: /^(f32|f64|f32x4|f64x2|i32x4)\.(mul|dot_i16x8_s)|^i32\.mul/,
} as const;

/** Runs a nest's module with a counter in front of every instruction of interest. */
export async function runInstrumented(nest: Nest): Promise<Tally> {
  const names = Object.keys(kinds) as (keyof Tally)[];
  const text = (await wat(nest)).split("\n").flatMap((line) => {
    const found = names.find((name) => kinds[name].test(line.trim()));
    if (!found) return [line];
    return [`global.get $${found}`, "i64.const 1", "i64.add", `global.set $${found}`, line];
  });
  const globals = names.map((name) =>
    `(global $${name} (export "${name}") (mut i64) (i64.const 0))`
  );
  const end = text.findLastIndex((line) => line.trim().endsWith(")"));
  const code = [...text.slice(0, end), text[end].replace(/\)$/, ""), ...globals, ")"].join("\n");
  const wabt = await startWabt();
  const features = { simd: true, relaxed_simd: true, threads: true };
  const { buffer } = wabt.parseWat("instrumented.wat", code, features).toBinary({});
  const kernel = compile(nest);
  const memory = new WebAssembly.Memory({
    initial: kernel.memoryPages,
    maximum: kernel.memoryPages,
  });
  const module = new WebAssembly.Module(buffer as Uint8Array<ArrayBuffer>);
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
  (exports.run as (thread: number, threads: number, limit: number) => void)(0, 1, 2 ** 31 - 1);
  return Object.fromEntries(
    names.map((name) => [name, Number((exports[name] as WebAssembly.Global).value)]),
  ) as unknown as Tally;
}
