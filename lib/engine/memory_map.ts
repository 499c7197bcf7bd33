import type { Region, Space } from "../kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import { keptBytes, stateTensors } from "../model/state.ts";
import { SCRATCH_ALIGNMENT_BYTES } from "../plan/scratch.ts";
import type { Plan } from "../plan/plan.ts";
import type { StateKey } from "./reference/initial_state.ts";

/** Where the arena, the state and the inputs outside of the arena lie in the module's memory. */
export interface MemoryMap {
  /** First byte of each space in the module's memory; constants come last. */
  readonly spaces: Readonly<Record<Space, number>>;
  /** Where each tensor that is not a constant lies; undefined where it has no place. */
  readonly placeOf: (tensor: number) => TensorPlace | undefined;
  /** Its first byte in the module's memory. */
  readonly addressOf: (tensor: number) => number | undefined;
  /** What an operator of the model keeps from run to run beside its tensors; null: nothing. */
  readonly keptBy: (operator: number) => Region | null;
  /** Where a part of the state lies, by its key in `initialState`. */
  readonly statePlaceOf: (key: StateKey) => TensorPlace;
  /** A scratch buffer of the plan. */
  readonly scratch: (id: string) => Region;
  /** Bytes of state that lives from run to run. */
  readonly stateBytes: number;
  /** Bytes of inputs outside of the arena. */
  readonly externalBytes: number;
  /** Memory for scalar kernels that keep sums or columns. */
  readonly workspace: Region;
}

/** Where a tensor begins. */
export type TensorPlace = Pick<Region, "space" | "offsetBytes">;

/** Unit of a WebAssembly memory. */
export const PAGE_BYTES = 65536;

/** The first bytes are for threads to meet, and for what a run refuses. */
const controlBytes = 64;
const refusalByte = 32;
const alignmentBytes = 64;

/** Lays out everything but constants. */
export function mapMemory(
  model: Model,
  plan: Plan,
  { workspaceBytes = 0, keptWith = (operator) => operator }: {
    readonly workspaceBytes?: number;
    /** The operator whose kept bytes are also those of another: of a subgraph that stands twice. */
    readonly keptWith?: (operator: number) => number;
  } = {},
): MemoryMap {
  const places = new Map<number, TensorPlace>();
  for (const { tensors, offsetBytes } of plan.buffers) {
    for (const tensor of tensors) places.set(tensor, { space: "arena", offsetBytes });
  }
  const fill = (space: Space, tensors: Iterable<number>): number => {
    let offsetBytes = 0;
    for (const tensor of tensors) {
      const size = sizeBytes(model.tensors[tensor]);
      // Small ones, such as whether CALL_ONCE has run, only at multiples of their own size.
      const isSmall = space === "state" && size < alignmentBytes;
      const unit = isSmall ? 2 ** Math.ceil(Math.log2(size || 1)) : alignmentBytes;
      offsetBytes = align(offsetBytes, unit);
      places.set(tensor, { space, offsetBytes });
      offsetBytes = align(offsetBytes + size, unit);
    }
    return offsetBytes;
  };
  let stateBytes = fill("state", stateTensors(model));
  const kept = model.operators.map((operator, index): Region | null => {
    const sizeBytes = keptBytes(operator, model.tensors);
    if (sizeBytes === 0 || keptWith(index) !== index) return null;
    const offsetBytes = stateBytes;
    stateBytes = align(offsetBytes + sizeBytes);
    return { name: `kept${index}`, space: "state", offsetBytes, sizeBytes, check: null };
  });
  const views = viewsOf(model, plan);
  const externalBytes = fill("external", plan.external.filter((tensor) => !views.has(tensor)));
  const originOf = (tensor: number): number => {
    const viewed = views.get(tensor);
    return viewed === undefined ? tensor : originOf(viewed);
  };
  for (const tensor of plan.external) places.set(tensor, places.get(originOf(tensor))!);
  const scalarWorkspace: Region = {
    name: "workspace",
    space: "workspace",
    offsetBytes: 0,
    sizeBytes: workspaceBytes,
    check: null,
  };
  const state = align(controlBytes + plan.peakBytes);
  const external = align(state + stateBytes);
  const workspace = align(external + externalBytes);
  const spaces: MemoryMap["spaces"] = {
    memory: 0,
    refusal: refusalByte,
    arena: controlBytes,
    state,
    external,
    workspace,
    constants: align(workspace + workspaceBytes),
  };
  return {
    spaces,
    placeOf: (tensor) => places.get(tensor),
    addressOf: (tensor) => {
      const place = places.get(tensor);
      return place && spaces[place.space] + place.offsetBytes;
    },
    keptBy: (operator) => kept[keptWith(operator)],
    statePlaceOf: (key) =>
      typeof key === "number" ? places.get(key)! : kept[Number(key.slice("operator ".length))]!,
    scratch: (id) => {
      const buffer = plan.buffers.find((each) => each.id === id)!;
      const { offsetBytes, sizeBytes } = buffer;
      return { name: id, space: "arena", offsetBytes, sizeBytes, check: null };
    },
    stateBytes,
    externalBytes,
    workspace: scalarWorkspace,
  };
}

function align(address: number, unit = alignmentBytes): number {
  return Math.ceil(address / unit) * unit;
}

/** Tensors that are others in another shape, and which: the same bytes, in the arena or outside. */
function viewsOf({ operators }: Model, { removed }: Plan): ReadonlyMap<number, number> {
  const views = removed.filter(({ technique }) => technique === "alias-views");
  return new Map(views.map(({ operator }) => {
    const { inputs: [input], outputs: [output] } = operators[operator];
    return [output, input];
  }));
}

/** What scratch memory in the arena is called: no tensor or buffer of a plan is. */
export const SCRATCH = "scratch";

/** The longest stretch of the arena that holds nothing while a step runs; null without one. */
export function freeBytes({ steps, buffers, peakBytes }: Plan, step: number): Region | null {
  const { segment } = steps[step];
  const together = steps.flatMap((each, i) => (
    i === step || segment !== null && each.segment === segment ? [i] : []
  ));
  const [first, last] = [together[0], together[together.length - 1]];
  const taken = buffers.filter(({ from, until }) => from <= last && until > first)
    .toSorted((a, b) => a.offsetBytes - b.offsetBytes);
  let best: Region | null = null;
  let next = 0;
  const see = (until: number) => {
    const offsetBytes = Math.ceil(next / SCRATCH_ALIGNMENT_BYTES) * SCRATCH_ALIGNMENT_BYTES;
    const sizeBytes = until - offsetBytes;
    if (sizeBytes <= (best?.sizeBytes ?? 0)) return;
    best = { name: SCRATCH, space: "arena", offsetBytes, sizeBytes, check: null };
  };
  for (const { offsetBytes, sizeBytes } of taken) {
    see(offsetBytes);
    next = Math.max(next, offsetBytes + sizeBytes);
  }
  see(peakBytes);
  return best;
}

/** A buffer whose bytes are some of another's. */
export interface BufferPart {
  /** Both as indices of the plan's buffers. */
  readonly buffer: number;
  readonly whole: number;
  /** Its first byte within the other. */
  readonly bytes: number;
  /** The step that would copy, and the first one from which on they are the same. */
  readonly step: number;
  readonly from: number;
}

/** Views in a plan: an output is a part from its own step on, an input behind it. */
export function partsOf(
  { buffers, steps }: Plan,
  { tensors }: Pick<Model, "tensors">,
): readonly BufferPart[] {
  // Buffers may be larger than what they hold.
  const heldBy = (buffer: Plan["buffers"][number]) =>
    Math.max(...buffer.tensors.map((tensor) => sizeBytes(tensors[tensor])));
  return buffers.flatMap((part, buffer) =>
    part.shares.filter(({ form }) => form === "view").flatMap(({ buffer: id, step }) => {
      const whole = buffers.findIndex((each) => each.id === id);
      const isOutput = part.tensors.some((tensor) => steps[step].outputs.includes(tensor));
      const [own, other] = [part, buffers[whole]].map(heldBy);
      if (own > other || own === other && !isOutput) return [];
      const bytes = part.offsetBytes - buffers[whole].offsetBytes;
      return [{ buffer, whole, bytes, step, from: isOutput ? step : step + 1 }];
    })
  );
}
