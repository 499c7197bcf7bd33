import type { Computation } from "../nest/pipeline.ts";
import { compile, type CompileOptions } from "./compile.ts";
import { disassemble } from "./wasm/disassemble.ts";

/**
 * The WebAssembly text of a compiled nest or pipeline.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, reorder, vectorize, wat } from "tinyloom";
 *
 * const nest = vectorize(reorder(matmul({ m: 4, k: 4, n: 4 }), ["i", "k", "j"]), "j");
 * assert.match(await wat(nest), /f32x4\.mul/);
 * ```
 *
 * @category Code generation
 */
export async function wat(
  computation: Computation,
  options: CompileOptions = {},
): Promise<string> {
  return await disassemble(compile(computation, options).wasm);
}
