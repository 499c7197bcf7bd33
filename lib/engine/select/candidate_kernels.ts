import type { ThreadPool } from "../../codegen/thread_pool.ts";
import type { Timed } from "../../measure/timed.ts";
import { operatorMacs } from "../../model/macs.ts";
import type { Model } from "../../model/model.ts";
import type { Plan } from "../../plan/plan.ts";
import { createEngine, type EngineOptions } from "../create_engine.ts";
import type { Engine } from "../engine.ts";
import { randomFrame } from "../profile/random_frame.ts";
import { verifyEngine } from "../profile/verify_engine.ts";
import { runReference } from "../reference/run_reference.ts";
import { runtimeOf } from "../runtime.ts";
import { type ChosenTile, kernelKey, type KernelTile } from "./kernel_choices.ts";
import { machineKey } from "./machine_key.ts";
import { tiledKernels } from "./tiled_kernels.ts";

/** One way to cut up the kernel of a kind of layer, ready to be timed. */
export interface Candidate {
  readonly key: string;
  /** First layer of that kind. */
  readonly layer: number;
  readonly kernel: string;
  readonly tile: KernelTile;
  /** Place in the expected order, from 1. */
  readonly expected: number;
  readonly timed: Timed;
}

/** Candidates, and what keeps them alive. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly [Symbol.dispose]: () => void;
}

/** The kinds of layers of a model that can be cut up in several ways, `most` ways for each. */
export function candidateKernels(
  model: Model,
  { plan, threads, pool, most, known, seed }: {
    readonly plan: Plan | undefined;
    readonly threads: number | undefined;
    readonly pool: ThreadPool | undefined;
    readonly most: number;
    readonly known: Readonly<Record<string, ChosenTile>>;
    readonly seed: number | undefined;
  },
): Candidates {
  const engines = new DisposableStack();
  const options: EngineOptions = { plan, threads, pool };
  const first = engines.use(createEngine(model, options));
  const kinds = kindsOf(first, known);
  const frame = randomFrame(model, { seed });
  const { outputs: expected } = runReference(model, frame);
  const ranks = Math.min(most, Math.max(0, ...kinds.map(({ tiles }) => tiles.length)));
  // One engine for each place in the expected order: every layer in it is cut up that way.
  const candidates = Array.from({ length: ranks }, (_, rank) => {
    const chosen = Object.fromEntries(
      kinds.map((
        { key, kernel, tiles },
      ) => [key, { kernel, tile: tiles[Math.min(rank, tiles.length - 1)], minNs: 1 }]),
    );
    const kernels = { schemaVersion: 1, machines: { [machineKey()]: chosen } } as const;
    const engine = engines.use(createEngine(model, { ...options, kernels }));
    return kinds.filter(({ tiles }) => rank < tiles.length).map(({ key, layer, kernel, tiles }) => {
      const { operator } = engine.layers[layer];
      const call = () => runtimeOf(engine).call(layer);
      const timed: Timed = {
        name: `${layer} ${kernel} ${JSON.stringify(tiles[rank])}`,
        shape: key,
        dtype: model.tensors[model.operators[operator].outputs[0]].dtype,
        schedule: [],
        threads: engine.threads,
        macs: operatorMacs(model.operators[operator], model.tensors) ?? 0,
        verify: () => verifyEngine(engine, frame, { expected }),
        warm: call,
        run: call,
      };
      return { key, layer, kernel, tile: tiles[rank], expected: rank + 1, timed };
    });
  }).flat();
  return { candidates, [Symbol.dispose]: () => engines[Symbol.dispose]() };
}

interface Kind {
  readonly key: string;
  readonly layer: number;
  readonly kernel: string;
  readonly tiles: readonly KernelTile[];
}

function kindsOf(engine: Engine, known: Readonly<Record<string, ChosenTile>>): readonly Kind[] {
  const kinds = new Map<string, Kind>();
  runtimeOf(engine).layers.forEach((layer, index) => {
    if (layer === null) return;
    const key = kernelKey(layer);
    if (kinds.has(key) || known[key] !== undefined) return;
    for (const { name, tiles } of tiledKernels) {
      const ways = tiles(layer);
      if (ways.length > 1) kinds.set(key, { key, layer: index, kernel: name, tiles: ways });
    }
  });
  return [...kinds.values()];
}
