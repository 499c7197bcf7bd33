import { emitBarrier } from "./wasm/emit_barrier.ts";
import { callBlock, emitAccumulate, isBlock } from "./emit_block.ts";
import { emitCompute } from "./emit_compute.ts";
import { type Emit, type EmitOptions, parameter, type Scope } from "./emit_context.ts";
import { loadRef } from "./emit_memory.ts";
import { emitRange } from "./emit_range.ts";
import { valueType } from "./emit_values.ts";
import type { MemoryLayout } from "./memory_layout.ts";
import type { Node, Program } from "./program.ts";
import { encodeModule } from "./wasm/encode_module.ts";
import { FunctionWriter } from "./wasm/function_writer.ts";

/**
 * Encodes a program as a WebAssembly module with the function `run(thread, threads, limit)`, and
 * `prepare` of the same form if something can be done ahead of time.
 */
export function emitWasm(
  program: Program,
  layout: MemoryLayout,
  options: EmitOptions,
): Uint8Array<ArrayBuffer> {
  const blocks: Emit["blocks"] = [];
  const exported = (name: string, nodes: readonly Node[]) => {
    const writer = new FunctionWriter(["i32", "i32", "i32"]);
    emitNodes(
      {
        dtypes: new Map(program.buffers.map((buffer) => [buffer.name, buffer.dtype])),
        layout,
        options,
        blocks,
        writer,
        thread: parameter.thread,
        nodes: emitNodes,
      },
      nodes,
      {
        pointers: new Map(),
        remaining: new Map(),
        steps: new Map(),
        values: new Map(),
        registers: new Map(),
        accumulating: false,
        added: new Set(),
      },
    );
    return { export: name, parameters: writer.parameters, body: writer.finish() };
  };
  const functions = [
    exported("run", program.body),
    ...(program.prepare.length > 0 ? [exported("prepare", program.prepare)] : []),
  ];
  return encodeModule({
    memoryPages: layout.pages,
    shared: options.shared,
    functions: [...blocks, ...functions],
  });
}

function emitNodes(emit: Emit, nodes: readonly Node[], scope: Scope): void {
  const { writer } = emit;
  for (const node of nodes) {
    switch (node.kind) {
      case "let":
        loadRef(emit, node.ref, node, scope);
        scope.values.set(node.id, writer.local(valueType(node.dtype, node.width)));
        writer.set(scope.values.get(node.id)!);
        break;
      case "compute":
        emitCompute(emit, node, scope);
        break;
      case "accumulate":
        if (isBlock(node) && scope.pointers.size > 0) callBlock(emit, node, scope);
        else emitAccumulate(emit, node, scope);
        break;
      case "range":
        emitRange(emit, node, scope);
        break;
      case "barrier":
        if (emit.options.shared) emitBarrier(writer, parameter.threads);
    }
  }
}
