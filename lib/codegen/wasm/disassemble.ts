/** The text form of a WebAssembly module; checks the module on the way. */
export async function disassemble(wasm: Uint8Array): Promise<string> {
  const { default: startWabt } = await import("wabt");
  const wabt = await startWabt();
  const features = { threads: true, simd: true, relaxed_simd: true };
  const module = wabt.readWasm(wasm, { ...features, readDebugNames: false });
  try {
    module.validate();
    module.applyNames();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}
