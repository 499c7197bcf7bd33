import { type DType, dtypeBytes } from "../nest/dtype.ts";
import type { BinaryOp } from "../nest/nest.ts";
import { emitBarrier } from "./emit_barrier.ts";
import {
  emitAcrossLanes,
  emitBinary,
  emitConstant,
  emitLoad,
  emitNeutralLanes,
  emitStore,
  valueType,
} from "./emit_values.ts";
import type { MemoryLayout } from "./memory_layout.ts";
import type {
  Accumulate,
  Compute,
  Guard,
  Node,
  Part,
  Program,
  Range,
  Ref,
  Register,
  Value,
  Width,
} from "./program.ts";
import { encodeModule, type ModuleParts } from "./wasm/encode_module.ts";
import { FunctionWriter, type ValueType } from "./wasm/function_writer.ts";

/** Parameters of a kernel's function: which thread of how many, and a limit for warm-up calls. */
const parameter = { thread: 0, threads: 1, limit: 2 } as const;

/** What the emitter may do beyond plain multiplication and addition. */
export interface EmitOptions {
  /** Fuse multiplication and addition in vectors: one rounding instead of two. */
  readonly fma: boolean;
  /** The memory is shared between threads. */
  readonly shared: boolean;
}

/** What is known at one place of the program. */
interface Scope {
  /** Address of each pointer. */
  readonly pointers: ReadonlyMap<number, number>;
  /** Elements that remain for each loop, where that is known at run time only. */
  readonly remaining: ReadonlyMap<string, { readonly local: number; readonly step: number }>;
  /** Steps done in each loop, where a padded access asks for them. */
  readonly steps: ReadonlyMap<string, number>;
  readonly values: Map<number, number>;
  readonly registers: ReadonlyMap<number, number>;
  /** Directly inside a register block. */
  readonly accumulating: boolean;
  /** Pointers to which offsets are added before an access, not within it. */
  readonly added: ReadonlySet<number>;
}

/** Encodes a program as a WebAssembly module with the function `run(thread, threads, limit)`. */
export function emitWasm(
  program: Program,
  layout: MemoryLayout,
  options: EmitOptions,
): Uint8Array<ArrayBuffer> {
  const writer = new FunctionWriter(["i32", "i32", "i32"]);
  const blocks: ModuleParts["functions"][number][] = [];
  const emitter = new Emitter({ program, layout, options, blocks }, writer);
  emitter.nodes(program.body, emptyScope());
  return encodeModule({
    memoryPages: layout.pages,
    shared: options.shared,
    functions: [
      ...blocks,
      { export: "run", parameters: writer.parameters, body: writer.finish() },
    ],
  });
}

function emptyScope(): Scope {
  return {
    pointers: new Map(),
    remaining: new Map(),
    steps: new Map(),
    values: new Map(),
    registers: new Map(),
    accumulating: false,
    added: new Set(),
  };
}

/** What all functions of a module share. */
interface ModuleContext {
  readonly program: Program;
  readonly layout: MemoryLayout;
  readonly options: EmitOptions;
  /** Register blocks that are functions of their own, in the order of their indices. */
  readonly blocks: ModuleParts["functions"][number][];
}

// A block of so many vectors is a function of its own: the loops around it then take no machine
// registers from it, and the engine optimises it after a few calls of the first run.
const functionRegisters = 4;

class Emitter {
  readonly #dtypes: ReadonlyMap<string, DType>;
  readonly #layout: MemoryLayout;
  readonly #options: EmitOptions;
  readonly #module: ModuleContext;
  readonly #writer: FunctionWriter;
  /** The parameter, or the local, that holds this thread's number. */
  readonly #thread: number;

  constructor(module: ModuleContext, writer: FunctionWriter, thread: number = parameter.thread) {
    this.#dtypes = new Map(module.program.buffers.map((buffer) => [buffer.name, buffer.dtype]));
    this.#layout = module.layout;
    this.#options = module.options;
    this.#module = module;
    this.#writer = writer;
    this.#thread = thread;
  }

  nodes(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) {
      switch (node.kind) {
        case "let":
          this.#load(node.ref, node, scope);
          scope.values.set(node.id, this.#writer.local(valueType(node.dtype, node.width)));
          this.#writer.set(scope.values.get(node.id)!);
          break;
        case "compute":
          this.#compute(node, scope);
          break;
        case "accumulate":
          if (isBlock(node) && scope.pointers.size > 0) this.#callBlock(node, scope);
          else this.#accumulate(node, scope);
          break;
        case "range":
          this.#range(node, scope);
          break;
        case "barrier":
          if (this.#options.shared) emitBarrier(this.#writer, parameter.threads);
          break;
      }
    }
  }

  #range(range: Range, outer: Scope): void {
    const writer = this.#writer;
    const dynamic = range.parts.some((part) => typeof part.times === "string");
    const remaining = dynamic ? writer.local("i32") : -1;
    if (dynamic) {
      this.#extent(range, outer);
      writer.set(remaining);
    }
    const start = range.parallel && this.#options.shared ? this.#share(range, remaining) : null;
    if (range.outermost) this.#limit(remaining);

    const pointers = new Map(outer.pointers);
    for (const pointer of range.pointers) {
      const local = writer.local("i32");
      if (pointer.from === null) this.#base(pointer.buffer);
      else writer.get(outer.pointers.get(pointer.from)!);
      const strideBytes = pointer.stride * this.#elementBytes(pointer.buffer);
      if (start !== null) {
        writer.get(start);
        writer.i32(strideBytes);
        writer.op("i32.mul");
        writer.op("i32.add");
      }
      writer.set(local);
      pointers.set(pointer.id, local);
    }
    const steps = new Map(outer.steps);
    if (usesGuards(range)) {
      const local = writer.local("i32");
      if (start !== null) writer.get(start);
      else writer.i32(0);
      writer.set(local);
      steps.set(range.loop, local);
    }
    const scope: Scope = {
      ...outer,
      pointers,
      steps,
      remaining: dynamic
        ? new Map(outer.remaining).set(range.loop, { local: remaining, step: range.step })
        : outer.remaining,
      values: new Map(outer.values),
    };
    range.parts.forEach((part, index) => {
      this.#part(part, range, scope, index === range.parts.length - 1);
    });
  }

  #part(part: Part, range: Range, scope: Scope, last: boolean): void {
    const writer = this.#writer;
    const remaining = scope.remaining.get(range.loop)?.local ?? -1;
    const body = () => {
      this.nodes(part.body, { ...scope, values: new Map(scope.values), accumulating: false });
    };
    const advance = () => this.#advance(range, scope, part.unit);
    const leaf = !part.body.some((node) => node.kind === "range" || node.kind === "accumulate");
    const peel = scope.accumulating && leaf;

    if (part.times === 1) {
      body();
      if (!last) advance();
    } else if (part.times === "equals") {
      writer.get(remaining);
      writer.i32(part.unit);
      writer.op("i32.eq");
      writer.block("if");
      body();
      writer.end();
    } else if (typeof part.times === "number") {
      let times = part.times;
      if (peel) {
        body();
        advance();
        times--;
      }
      const counter = writer.local("i32");
      writer.i32(times);
      writer.set(counter);
      writer.block("loop");
      body();
      advance();
      writer.get(counter);
      writer.i32(1);
      writer.op("i32.sub");
      writer.tee(counter);
      writer.branch("br_if", 0);
      writer.end();
    } else {
      const least = part.times === "fits" ? part.unit : 1;
      const more = () => {
        writer.get(remaining);
        writer.i32(least);
        writer.op("i32.ge_s");
      };
      const once = () => {
        body();
        advance();
        writer.get(remaining);
        writer.i32(part.unit);
        writer.op("i32.sub");
        writer.set(remaining);
      };
      more();
      writer.block("if");
      if (peel) {
        once();
        more();
        writer.block("if");
      }
      writer.block("loop");
      once();
      more();
      writer.branch("br_if", 0);
      writer.end();
      if (peel) writer.end();
      writer.end();
    }
  }

  #advance(range: Range, scope: Scope, unit: number): void {
    const writer = this.#writer;
    const stepsDone = unit / range.step;
    const bump = (local: number, by: number) => {
      writer.get(local);
      writer.i32(by);
      writer.op("i32.add");
      writer.set(local);
    };
    for (const pointer of range.pointers) {
      const bytes = pointer.stride * stepsDone * this.#elementBytes(pointer.buffer);
      bump(scope.pointers.get(pointer.id)!, bytes);
    }
    const steps = scope.steps.get(range.loop);
    if (steps !== undefined) bump(steps, stepsDone);
  }

  // min(step of the tile loop, what remains for it), or the whole extent.
  #extent(range: Range, scope: Scope): void {
    const writer = this.#writer;
    const tile = range.extent.within === null
      ? undefined
      : scope.remaining.get(range.extent.within);
    if (!tile) {
      writer.i32(range.extent.sizes[0]);
      return;
    }
    writer.get(tile.local);
    writer.i32(tile.step);
    writer.get(tile.local);
    writer.i32(tile.step);
    writer.op("i32.lt_s");
    writer.op("select");
  }

  // This thread's share: iterations from n * thread / threads to n * (thread + 1) / threads.
  #share(range: Range, remaining: number): number {
    const writer = this.#writer;
    const unit = Math.max(...range.parts.map((part) => part.unit));
    const iterations = writer.local("i32");
    const start = writer.local("i32");
    const bound = (thread: () => void) => {
      writer.get(iterations);
      thread();
      writer.op("i32.mul");
      writer.get(parameter.threads);
      writer.op("i32.div_u");
    };
    writer.get(remaining);
    writer.i32(unit - 1);
    writer.op("i32.add");
    writer.i32(unit);
    writer.op("i32.div_u");
    writer.set(iterations);
    bound(() => writer.get(parameter.thread));
    writer.set(start);
    // remaining = min(remaining, end * unit) - start * unit
    const end = writer.local("i32");
    bound(() => {
      writer.get(parameter.thread);
      writer.i32(1);
      writer.op("i32.add");
    });
    writer.i32(unit);
    writer.op("i32.mul");
    writer.set(end);
    this.#least(remaining, end);
    writer.get(start);
    writer.i32(unit);
    writer.op("i32.mul");
    writer.op("i32.sub");
    writer.set(remaining);
    if (unit !== range.step) {
      writer.get(start);
      writer.i32(unit / range.step);
      writer.op("i32.mul");
      writer.set(start);
    }
    return start;
  }

  #limit(remaining: number): void {
    this.#least(remaining, parameter.limit);
    this.#writer.set(remaining);
  }

  #least(a: number, b: number): void {
    const writer = this.#writer;
    writer.get(a);
    writer.get(b);
    writer.get(a);
    writer.get(b);
    writer.op("i32.lt_s");
    writer.op("select");
  }

  // Passes what the block needs from around it: this thread's number, pointers, extents, values.
  #callBlock(node: Accumulate, scope: Scope): void {
    const { pointers, remaining, steps, values } = outsideOf(node, scope);
    const types: ValueType[] = ["i32"];
    this.#writer.get(this.#thread);
    const pass = (local: number, type: ValueType): number => {
      this.#writer.get(local);
      return types.push(type) - 1;
    };
    const inner: Scope = {
      pointers: new Map(pointers.map(([id, local]) => [id, pass(local, "i32")])),
      remaining: new Map(
        remaining.map(([loop, { local, step }]) => [loop, { local: pass(local, "i32"), step }]),
      ),
      steps: new Map(steps.map(([loop, local]) => [loop, pass(local, "i32")])),
      values: new Map(values.map(([id, local]) => [id, pass(local, this.#writer.typeOf(local))])),
      registers: new Map(),
      accumulating: false,
      added: new Set(),
    };
    const writer = new FunctionWriter(types);
    const threadParameter = 0;
    new Emitter(this.#module, writer, threadParameter).#accumulate(node, inner);
    this.#module.blocks.push({ parameters: types, body: writer.finish() });
    this.#writer.call(this.#module.blocks.length - 1);
  }

  #accumulate(node: Accumulate, outer: Scope): void {
    const writer = this.#writer;
    const registers = new Map(outer.registers);
    for (const register of node.registers) {
      const { ref, dtype, width } = register;
      const local = writer.local(valueType(dtype, width));
      if (width.reduces) emitConstant(writer, startOf(node.update, dtype), dtype, width);
      else this.#load(ref, register, outer);
      writer.set(local);
      registers.set(register.id, local);
    }
    this.nodes(node.body, {
      ...outer,
      registers,
      values: new Map(outer.values),
      accumulating: true,
      added: scatteredPointers(node.body),
    });
    for (const register of node.registers) {
      this.#storeRegister(register, registers.get(register.id)!, node.update, outer);
    }
  }

  #storeRegister(register: Register, local: number, op: BinaryOp, scope: Scope): void {
    const { ref, dtype, width } = register;
    if (!width.reduces) {
      this.#store(ref, local, { dtype, width }, scope);
      return;
    }
    const one: Width = { lanes: 1, active: 1, pairs: 1, reduces: false };
    const sum = this.#writer.local(valueType(dtype, one));
    this.#load(ref, { dtype, width: one }, scope);
    emitAcrossLanes(this.#writer, local, { op, dtype, lanes: width.lanes });
    emitBinary(this.#writer, op, dtype, one);
    this.#writer.set(sum);
    this.#store(ref, sum, { dtype, width: one }, scope);
  }

  #compute(compute: Compute, scope: Scope): void {
    const writer = this.#writer;
    const { target, update, value, dtype, width } = compute;
    if (value.kind === "pair" && "ref" in target) {
      this.#interleave(target.ref, value, compute, scope);
      return;
    }
    const register = "register" in target ? scope.registers.get(target.register)! : null;
    const current = () => {
      if (register !== null) writer.get(register);
      else if ("ref" in target) this.#load(target.ref, { dtype, width }, scope);
    };
    const partial = width.reduces && width.active < width.lanes;
    const fused = this.#options.fma && !partial && update === "add" && width.lanes > 1 &&
      (dtype === "f32" || dtype === "f64") && value.kind === "binary" && value.op === "mul";
    if (fused) {
      this.#value(value.left, compute, scope);
      this.#value(value.right, compute, scope);
      current();
      writer.op(dtype === "f32" ? "f32x4.relaxed_madd" : "f64x2.relaxed_madd");
    } else if (update === "set") {
      this.#value(value, compute, scope);
    } else {
      current();
      this.#value(value, compute, scope);
      if (partial) emitNeutralLanes(writer, startOf(update, dtype), compute);
      emitBinary(writer, update, dtype, { ...width, pairs: 1 });
    }
    if (register !== null) {
      writer.set(register);
    } else if ("ref" in target) {
      const result = writer.local(valueType(dtype, width));
      writer.set(result);
      this.#store(target.ref, result, compute, scope);
    }
  }

  // Stores the elements of two rows of int16 in turn: first[0], second[0], first[1], ...
  #interleave(
    ref: Ref,
    pair: Extract<Value, { kind: "pair" }>,
    compute: Compute,
    scope: Scope,
  ): void {
    const writer = this.#writer;
    const { dtype } = compute;
    const { active, lanes } = compute.width;
    const width: Width = { ...compute.width, pairs: 1, active: lanes };
    const rows = [pair.first, pair.second].map((value) => {
      const local = writer.local("v128");
      if (value.kind === "constant") writer.v128(new Uint8Array(16).fill(value.value));
      else this.#value(value, { ...compute, width }, scope);
      writer.set(local);
      return local;
    });
    const half = lanes / 2;
    for (let first = 0; first < active; first += half) {
      const result = writer.local("v128");
      writer.get(rows[0]);
      writer.get(rows[1]);
      writer.shuffle(interleavedBytes(first, half, dtypeBytes(dtype)));
      writer.set(result);
      const stored = Math.min(active - first, half) * 2;
      const part = { ...ref, offset: ref.offset + first * ref.lane };
      this.#store(part, result, { dtype, width: { ...width, active: stored } }, scope);
    }
  }

  #value(value: Value, compute: Compute, scope: Scope): void {
    const { dtype, width } = compute;
    switch (value.kind) {
      case "pair":
        throw new TypeError("A pair is stored where it is computed");
      case "load":
        this.#load(value.ref, compute, scope);
        break;
      case "use":
        this.#writer.get(scope.values.get(value.id)!);
        break;
      case "constant":
        emitConstant(this.#writer, value.value, dtype, width);
        break;
      case "binary":
        this.#value(value.left, compute, scope);
        this.#value(value.right, compute, scope);
        emitBinary(this.#writer, value.op, dtype, width);
    }
  }

  #load(
    ref: Ref,
    { dtype, width }: { readonly dtype: DType; readonly width: Width },
    scope: Scope,
  ): void {
    const writer = this.#writer;
    if (ref.guards.length > 0) {
      ref.guards.forEach((guard, index) => {
        this.#inside(guard, scope);
        if (index > 0) writer.op("i32.and");
      });
      writer.block("if", valueType(dtype, width));
    }
    const offsetBytes = ref.pointer !== null && ref.lane === 0 && scope.added.has(ref.pointer)
      ? this.#addedAddress(ref, scope)
      : this.#address(ref, scope);
    emitLoad(writer, ref, { from: this.#dtypes.get(ref.buffer)!, to: dtype, width, offsetBytes });
    if (ref.guards.length > 0) {
      writer.op("else");
      emitConstant(writer, ref.outside, dtype, width);
      writer.end();
    }
  }

  // 0 <= coordinate < extent, as one unsigned comparison.
  #inside(guard: Guard, scope: Scope): void {
    const writer = this.#writer;
    writer.i32(guard.offset);
    for (const [loop, stride] of Object.entries(guard.strides)) {
      writer.get(scope.steps.get(loop)!);
      writer.i32(stride);
      writer.op("i32.mul");
      writer.op("i32.add");
    }
    writer.i32(guard.extent);
    writer.op("i32.lt_u");
  }

  #store(
    ref: Ref,
    local: number,
    { dtype, width }: { readonly dtype: DType; readonly width: Width },
    scope: Scope,
  ): void {
    const address = () => {
      this.#address(ref, scope);
    };
    emitStore(this.#writer, local, { dtype, width, offsetBytes: this.#offset(ref), address });
  }

  // Pushes the address and returns the offset that belongs into the instruction.
  #address(ref: Ref, scope: Scope): number {
    const writer = this.#writer;
    const bytes = ref.offset * this.#elementBytes(ref.buffer);
    if (ref.pointer === null) {
      if (this.#layout.perThreadBytes[ref.buffer] === undefined) {
        // A constant address inside the memory is checked once, when the module is compiled. As an
        // offset from zero it also shows V8 which vectors are neighbours and may become wider ones.
        writer.i32(0);
        return this.#offset(ref);
      }
      this.#base(ref.buffer);
    } else {
      writer.get(scope.pointers.get(ref.pointer)!);
    }
    if (bytes < 0) {
      writer.i32(bytes);
      writer.op("i32.add");
    }
    return this.#offset(ref);
  }

  #addedAddress(ref: Ref, scope: Scope): number {
    const writer = this.#writer;
    writer.get(scope.pointers.get(ref.pointer!)!);
    writer.i32(ref.offset * this.#elementBytes(ref.buffer));
    writer.op("i32.add");
    return 0;
  }

  #offset(ref: Ref): number {
    const bytes = ref.offset * this.#elementBytes(ref.buffer);
    const constant = ref.pointer === null &&
      this.#layout.perThreadBytes[ref.buffer] === undefined;
    return constant ? this.#layout.offsetBytes[ref.buffer] + bytes : Math.max(0, bytes);
  }

  #base(buffer: string): void {
    const writer = this.#writer;
    writer.i32(this.#layout.offsetBytes[buffer]);
    const perThread = this.#layout.perThreadBytes[buffer];
    if (perThread !== undefined && this.#options.shared) {
      writer.get(this.#thread);
      writer.i32(perThread);
      writer.op("i32.mul");
      writer.op("i32.add");
    }
  }

  #elementBytes(buffer: string): number {
    return dtypeBytes(this.#dtypes.get(buffer)!);
  }
}

function interleavedBytes(first: number, elements: number, elementBytes: number): number[] {
  const registerBytes = 16;
  return Array.from(
    { length: elements },
    (_, index) =>
      [0, registerBytes].flatMap((row) =>
        Array.from(
          { length: elementBytes },
          (_, byte) => row + (first + index) * elementBytes + byte,
        )
      ),
  ).flat();
}

// An access is checked against the memory's size less its offset. In straight-line code with more
// offsets than registers for such limits, one limit and sums for addresses take fewer instructions.
const mostLimits = 16;

function scatteredPointers(nodes: readonly Node[]): ReadonlySet<number> {
  const offsets = new Map<number, Set<number>>();
  for (const node of nodes) {
    if (node.kind !== "let" || node.ref.pointer === null) continue;
    const { pointer, offset } = node.ref;
    offsets.set(pointer, (offsets.get(pointer) ?? new Set()).add(offset));
  }
  return new Set([...offsets].filter(([, found]) => found.size > mostLimits).map(([id]) => id));
}

function isBlock(node: Accumulate): boolean {
  return node.registers.filter(({ width }) => width.lanes > 1).length >= functionRegisters;
}

// What the nodes of a block use and the scope around it defines, in a fixed order.
function outsideOf(node: Accumulate, scope: Scope) {
  const text = JSON.stringify(node);
  const numbers = (key: string) =>
    new Set([...text.matchAll(new RegExp(`"${key}":(\\d+)`, "g"))].map((match) => +match[1]));
  const pointersUsed = new Set([...numbers("pointer"), ...numbers("from")]);
  const valuesUsed = new Set(
    [...text.matchAll(/"kind":"use","id":(\d+)/g)].map((match) => +match[1]),
  );
  const loopsUsed = (loop: string) => text.includes(`"${loop}"`);
  return {
    pointers: [...scope.pointers].filter(([id]) => pointersUsed.has(id)),
    remaining: [...scope.remaining].filter(([loop]) => loopsUsed(loop)),
    steps: [...scope.steps].filter(([loop]) => loopsUsed(loop)),
    values: [...scope.values].filter(([id]) => valuesUsed.has(id)),
  };
}

function startOf(update: "add" | "max", dtype: DType): number {
  if (update === "add") return 0;
  return dtype === "i32" ? -(2 ** 31) : -Infinity;
}

function usesGuards(range: Range): boolean {
  const inNodes = (nodes: readonly Node[]): boolean =>
    nodes.some((node) =>
      node.kind === "range"
        ? node.parts.some((part) => inNodes(part.body))
        : node.kind === "accumulate"
        ? inNodes(node.body)
        : node.kind === "let"
        ? node.ref.guards.length > 0
        : node.kind === "compute" && inValue(node.value)
    );
  const inValue = (value: Value): boolean =>
    value.kind === "binary"
      ? inValue(value.left) || inValue(value.right)
      : value.kind === "load" && value.ref.guards.length > 0;
  return range.parts.some((part) => inNodes(part.body));
}
