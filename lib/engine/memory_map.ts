import type { Region } from "../codegen/kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Plan } from "../plan/plan.ts";

/** Where the arena, the state and the inputs outside of the arena lie in the module's memory. */
export interface MemoryMap {
  /** First byte of the arena, `plan.peakBytes` long. */
  readonly arenaAddress: number;
  /** First byte of each tensor that is not a constant; undefined where it has no place. */
  readonly addressOf: (tensor: number) => number | undefined;
  /** A scratch buffer of the plan. */
  readonly scratch: (id: string) => Region;
  /** Bytes of state that lives from run to run. */
  readonly stateBytes: number;
  /** Bytes of inputs outside of the arena. */
  readonly externalBytes: number;
  /** Memory for scalar kernels that keep sums or columns. */
  readonly workspace: Region;
  /** First byte behind all of these. */
  readonly endAddress: number;
}

/** Unit of a WebAssembly memory. */
export const PAGE_BYTES = 65536;

/** The first bytes are for threads to meet. */
const controlBytes = 64;
const alignmentBytes = 64;

/** Lays out everything but constants. */
export function mapMemory(
  model: Model,
  plan: Plan,
  { workspaceBytes = 0 }: { readonly workspaceBytes?: number } = {},
): MemoryMap {
  const places = new Map<number, number>();
  const arenaAddress = controlBytes;
  for (const { tensors, offsetBytes } of plan.buffers) {
    for (const tensor of tensors) places.set(tensor, arenaAddress + offsetBytes);
  }
  let next = align(arenaAddress + plan.peakBytes);
  const append = (tensors: readonly number[]): number => {
    const first = next;
    for (const tensor of tensors) {
      places.set(tensor, next);
      next = align(next + sizeBytes(model.tensors[tensor]));
    }
    return next - first;
  };
  const states = model.tensors.flatMap(({ isVariable }, tensor) => isVariable ? [tensor] : []);
  const stateBytes = append(states);
  const views = viewsOf(model, plan);
  const externalBytes = append(plan.external.filter((tensor) => !views.has(tensor)));
  const originOf = (tensor: number): number => {
    const viewed = views.get(tensor);
    return viewed === undefined ? tensor : originOf(viewed);
  };
  for (const tensor of plan.external) places.set(tensor, places.get(originOf(tensor))!);
  const workspace = { name: "workspace", address: next, sizeBytes: workspaceBytes, check: null };
  return {
    arenaAddress,
    addressOf: (tensor) => places.get(tensor),
    scratch: (id) => {
      const buffer = plan.buffers.find((each) => each.id === id)!;
      const address = arenaAddress + buffer.offsetBytes;
      return { name: id, address, sizeBytes: buffer.sizeBytes, check: null };
    },
    stateBytes,
    externalBytes,
    workspace,
    endAddress: align(next + workspaceBytes),
  };
}

function align(address: number): number {
  return Math.ceil(address / alignmentBytes) * alignmentBytes;
}

/** Tensors that are others in another shape, and which: the same bytes, in the arena or outside. */
function viewsOf({ operators }: Model, { removed }: Plan): ReadonlyMap<number, number> {
  const views = removed.filter(({ technique }) => technique === "alias-views");
  return new Map(views.map(({ operator }) => {
    const { inputs: [input], outputs: [output] } = operators[operator];
    return [output, input];
  }));
}
