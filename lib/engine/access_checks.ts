import type { Region } from "../kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Plan, PlanBuffer } from "../plan/plan.ts";
import type { MicroStep, SegmentPass } from "../plan/segment.ts";
import { EngineError } from "./engine_error.ts";
import { type BufferPart, partsOf } from "./memory_map.ts";
import { type PixelRun, runsOf } from "./segments/pixel_runs.ts";

/** What a checked region is: who touches it at which step. */
interface Access {
  readonly step: number;
  readonly what: string;
  /** Index of the plan's buffer; -1: bytes that are free while the step runs. */
  readonly buffer: number;
  /** Number of the first byte's content, of bytes that are free. */
  readonly firstContent: number;
  /** First byte in the arena. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** The tensor, if it lies in a segment's ring. */
  readonly ringTensor: number | null;
}

/** What a segment is doing. */
interface Call {
  readonly segment: number;
  readonly pass: SegmentPass;
  readonly micro: MicroStep;
  /** Where the pixels lie that this call may touch, by tensor. */
  readonly runs: Map<number, readonly PixelRun[]>;
}

/**
 * Proves a plan while it runs: every byte of the arena carries what it is, which byte of which tensor.
 * A byte read must be the one that is meant, a byte written must lie within the tensor that is
 * written; in a ring, where rows take each other's place, within the very pixels of the call.
 */
export class AccessChecks {
  readonly #model: Model;
  readonly #plan: Plan;
  readonly #arenaAddress: number;
  /** Number of the first byte of each buffer's content; a ring's content is the whole tensor. */
  readonly #first: readonly number[];
  /** Number of the byte that lies at each address; 0: nothing yet. */
  readonly #content: Int32Array;
  // The latest first.
  readonly #parts: readonly BufferPart[];
  readonly #accesses: Access[] = [];
  readonly #segments = new Map<number, readonly Call[]>();
  #call: Call | null = null;
  /** The next number of a byte's content. */
  #next: number;

  constructor({ model, plan, arenaAddress }: {
    readonly model: Model;
    readonly plan: Plan;
    readonly arenaAddress: number;
  }) {
    this.#model = model;
    this.#plan = plan;
    this.#arenaAddress = arenaAddress;
    this.#content = new Int32Array(plan.peakBytes);
    let next = 1;
    this.#first = plan.buffers.map((buffer) => {
      const first = next;
      const tensors = buffer.tensors.map((tensor) => sizeBytes(model.tensors[tensor]));
      next += Math.max(buffer.sizeBytes, ...tensors);
      return first;
    });
    this.#next = next;
    this.#parts = partsOf(plan, model).toSorted((a, b) => b.from - a.from);
  }

  /** The region with a number by which accesses to it are checked. */
  watch(
    region: Region,
    step: number,
    { buffer, ringTensor = null }: {
      readonly buffer: PlanBuffer;
      readonly ringTensor?: number | null;
    },
  ): Region {
    const { name, offsetBytes, sizeBytes } = region;
    const index = this.#plan.buffers.indexOf(buffer);
    const place = { offsetBytes, sizeBytes, ringTensor };
    this.#accesses.push({ step, what: name, buffer: index, firstContent: 0, ...place });
    return { ...region, check: this.#accesses.length - 1 };
  }

  /** The same for bytes that no buffer has while a step runs: what was there before is lost. */
  watchFree(region: Region, step: number): Region {
    const { name, offsetBytes, sizeBytes } = region;
    const place = { offsetBytes, sizeBytes, ringTensor: null };
    this.#accesses.push({ step, what: name, buffer: -1, firstContent: this.#next, ...place });
    this.#next += sizeBytes;
    return { ...region, check: this.#accesses.length - 1 };
  }

  /** Forgets all content, as before a run. */
  clear(): void {
    this.#content.fill(0);
  }

  /** The caller filled a tensor. */
  fill(tensor: number, sizeBytes: number): void {
    const index = this.#plan.buffers.findIndex(({ tensors }) => tensors.includes(tensor));
    if (index === -1) return;
    this.#put(index, 0, { address: this.#plan.buffers[index].offsetBytes, count: sizeBytes });
  }

  /** The caller reads a tensor after the last step. */
  take(tensor: number, sizeBytes: number): void {
    const index = this.#plan.buffers.findIndex(({ tensors }) => tensors.includes(tensor));
    if (index === -1) return;
    const { offsetBytes } = this.#plan.buffers[index];
    for (let byte = 0; byte < sizeBytes; byte++) {
      const found = this.#content[offsetBytes + byte];
      if (found === this.#firstOf(index, Infinity) + byte) continue;
      throw new EngineError(
        `output ${this.#tensorText(tensor)} is lost: byte ${byte} (arena byte ` +
          `${offsetBytes + byte}) belongs to ${this.#ownerText(found)}`,
      );
    }
  }

  /** Functions that checked code imports. */
  readonly host = {
    checkRead: (address: number, bytes: number, id: number): void => {
      const access = this.#accesses[id];
      const first = this.#within("reads", access, address, bytes);
      for (let byte = first; byte < first + bytes; byte++) {
        const found = this.#content[byte];
        if (this.#meant(access, byte).includes(found)) continue;
        throw this.#error(
          access,
          `reads byte ${byte - access.offsetBytes} of ${access.what} (arena byte ${byte}), ` +
            `which belongs to ${this.#ownerText(found)}`,
        );
      }
    },
    checkWrite: (address: number, bytes: number, id: number): void => {
      const access = this.#accesses[id];
      const first = this.#within("writes", access, address, bytes);
      for (let byte = first; byte < first + bytes; byte++) {
        const [content] = this.#meant(access, byte);
        if (content !== undefined) {
          this.#content[byte] = content;
          continue;
        }
        throw this.#error(
          access,
          `writes byte ${byte - access.offsetBytes} of ${access.what} (arena byte ${byte}), ` +
            `where none of its pixels belongs`,
        );
      }
    },
    checkCall: (segment: number, call: number): void => {
      this.#call = this.#callsOf(segment)[call];
      const { micro } = this.#call;
      if (!("copy" in micro)) return;
      const { fromByte, toByte, sizeBytes } = micro;
      this.#content.copyWithin(toByte, fromByte, fromByte + sizeBytes);
    },
  };

  /** What may lie at a byte that is touched. */
  #meant(access: Access, byte: number): readonly number[] {
    const { buffer, ringTensor, firstContent } = access;
    if (buffer === -1) return [firstContent + byte - access.offsetBytes];
    const first = this.#firstOf(buffer, access.step);
    if (ringTensor === null) return [first + byte - this.#plan.buffers[buffer].offsetBytes];
    return this.#runsOf(access.step, ringTensor)
      .filter(({ address, count }) => byte >= address && byte < address + count)
      .map(({ address, firstByte }) => first + firstByte + byte - address);
  }

  /** Number of the first byte that a buffer holds at a step. */
  #firstOf(buffer: number, step: number): number {
    const part = this.#parts.find((each) => each.buffer === buffer && each.from <= step);
    return part ? this.#firstOf(part.whole, part.step) + part.bytes : this.#first[buffer];
  }

  #runsOf(step: number, tensor: number): readonly PixelRun[] {
    const { segment, pass, micro, runs } = this.#call!;
    const known = runs.get(tensor) ??
      runsOf({ plan: this.#plan, model: this.#model, segment, pass }, {
        micro,
        step: this.#plan.steps[step],
        tensor,
      });
    runs.set(tensor, known);
    return known;
  }

  #callsOf(segment: number): readonly Call[] {
    const known = this.#segments.get(segment) ??
      this.#plan.segments[segment].passes.flatMap((pass) =>
        pass.microSteps.map((micro) => ({ segment, pass, micro, runs: new Map() }))
      );
    this.#segments.set(segment, known);
    return known;
  }

  /** Stores bytes of what a buffer holds, from byte `first` on. */
  #put(
    buffer: number,
    first: number,
    { address, count }: { readonly address: number; readonly count: number },
  ): void {
    for (let i = 0; i < count; i++) this.#content[address + i] = this.#first[buffer] + first + i;
  }

  #within(verb: string, access: Access, address: number, bytes: number): number {
    const from = address - this.#arenaAddress - access.offsetBytes;
    if (from < 0 || from + bytes > access.sizeBytes) {
      throw this.#error(
        access,
        `${verb} bytes ${from} to ${from + bytes - 1} of ${access.what}, which has ` +
          `${access.sizeBytes}`,
      );
    }
    return address - this.#arenaAddress;
  }

  #error({ step }: Access, reason: string): EngineError {
    const { operator } = this.#plan.steps[step];
    const opName = operatorName(this.#model.operators[operator]);
    return new EngineError(reason, { operator, opName });
  }

  #tensorText(tensor: number): string {
    return `t${tensor} "${this.#model.tensors[tensor].name}"`;
  }

  #ownerText(content: number): string {
    if (content === 0) return "nobody yet";
    const last = this.#plan.buffers.length - 1;
    const isScratch = this.#accesses.some(({ buffer, firstContent, sizeBytes }) => (
      buffer === -1 && content >= firstContent && content < firstContent + sizeBytes
    ));
    if (last < 0 || isScratch) return "the free bytes of a step";
    const index = this.#first.findLastIndex((first) => first <= content);
    const { tensors, name, kind } = this.#plan.buffers[index];
    if (tensors.length === 0) return name;
    const text = this.#tensorText(tensors[0]);
    return kind === "ring" ? `byte ${content - this.#first[index]} of ${text}` : text;
  }
}
