import { assertEquals } from "../assert.ts";
import { readModel, tflmGreedyPlan } from "tinyloom";
import { sharedModels } from "../model/shared_models.ts";
import { readShared } from "../shared_files.ts";

interface Recorded {
  readonly kind: "tensor" | "scratch";
  readonly tensor?: number;
  readonly size: number;
  readonly offset: number;
}

for (const { name, bytes, meta } of sharedModels()) {
  Deno.test(`with every technique off ${name} needs what TFLM reports`, () => {
    const { nonpersistent_bytes: reported } = meta as unknown as { nonpersistent_bytes: number };
    assertEquals(tflmGreedyPlan(readModel(bytes)).peakBytes, reported);
  });
}

for (const name of ["keyword_scrambled_8bit", "mcunet_vww1", "person_detect"]) {
  const shared = sharedModels().find((model) => model.name === name);
  Deno.test({
    name: `every buffer of ${name} lies where TFLM's own plan has it (needs ../shared)`,
    ignore: shared === undefined,
    fn() {
      const recorded: Recorded[] = JSON.parse(
        new TextDecoder().decode(readShared(`models/${name}/plan.json`)),
      );
      const line = (tensor: number, size: number, offset: number) => `t${tensor} ${size}@${offset}`;
      const theirs = recorded.map(({ kind, tensor, size, offset }) =>
        line(kind === "tensor" ? tensor! : -1, size, offset)
      );
      const ours = tflmGreedyPlan(readModel(shared!.bytes)).buffers.map((buffer) =>
        line(buffer.tensors[0] ?? -1, buffer.sizeBytes, buffer.offsetBytes)
      );
      assertEquals(ours.sort(), theirs.sort());
    },
  });
}
