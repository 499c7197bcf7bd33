/** The text form of a WebAssembly module; checks the module on the way. */
export async function disassemble(wasm: Uint8Array): Promise<string> {
  const { default: startWabt } = await import("../../npm/wabt.ts");
  const wabt = await startWabt();
  const features = { threads: true, simd: true, relaxed_simd: true };
  const module = wabt.readWasm(wasm, { ...features, readDebugNames: false });
  try {
    // Its types leave out the features, without which shared memories are refused.
    (module.validate as (options: typeof features) => void).call(module, features);
    module.applyNames();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}
