import type { KernelCode, Space } from "../../kernel/kernel.ts";
import { type EmitContext, emitKernel } from "./emit_kernel.ts";
import { encodeModule, type ModuleParts } from "./encode_module.ts";

/** What the module of some kernels depends on beside them. */
export interface EncodeOptions {
  readonly memoryPages: number;
  /** Whether threads share the memory; default false. */
  readonly shared?: boolean;
  /** First byte of each space but "memory", if the kernels have regions in it. */
  readonly spaces?: Readonly<Partial<Record<Space, number>>>;
  /** Functions of the host that the kernels call. */
  readonly imports?: ModuleParts["imports"];
  /** Names of imports that are called before each access to a checked region; default none. */
  readonly checks?: EmitContext["checks"];
  /** Kernels to export under their names; default all. */
  readonly exported?: readonly KernelCode[];
}

/**
 * Encodes a WebAssembly module of kernels that call each other by name.
 *
 * @throws {TypeError} a kernel calls what is neither among them nor imported, or accesses a region
 * in a space that is nowhere.
 */
export function encodeKernels(
  codes: readonly KernelCode[],
  options: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const { memoryPages, shared = false, spaces = {}, imports = [], checks = null } = options;
  const { exported = codes } = options;
  const indices = new Map([...imports, ...codes].map(({ name }, index) => [name, index]));
  const functionIndex = (name: string): number => {
    const index = indices.get(name);
    if (index === undefined) throw new TypeError(`no kernel or import is called ${name}`);
    return index;
  };
  return encodeModule({
    memoryPages,
    shared,
    imports,
    functions: codes.map((code) => ({
      ...exported.includes(code) && { export: code.name },
      parameters: code.parameters.map(({ type }) => type),
      ...code.result && { result: code.result },
      body: emitKernel(code, { functionIndex, spaces, shared, checks }),
    })),
  });
}
