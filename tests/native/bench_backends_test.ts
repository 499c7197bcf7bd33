// One schedule by several back ends: each verified, with what made it in the record.
import {
  type BackendRow,
  benchBackends,
  CompilerError,
  count,
  matmul,
  reorder,
  tableToRows,
  vectorize,
} from "tinyloom";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const naive = matmul({ m: 9, k: 10, n: 37 });
const simd = vectorize(reorder(naive, ["i", "k", "j"]), "j");
const quick = { budgetMs: 20, settleMs: 0 };

Deno.test({
  name:
    "every back end gives the reference's numbers, and its record says what made them (needs cc)",
  ignore: !hasCommand("cc"),
  fn: async () => {
    const cache = Deno.makeTempDirSync();
    try {
      const table = await benchBackends({ naive, simd }, { ...quick, cache });
      const rows = tableToRows(table) as unknown as BackendRow[];
      assertEquals(rows.map(({ kernel, backend }) => `${kernel} ${backend}`).sort(), [
        ...["naive javascript", "naive native -O0", "naive native -O3", "naive native best"],
        ...["naive wasm", "simd javascript", "simd native -O0", "simd native -O3"],
        ...["simd native best", "simd wasm"],
      ]);
      assert(rows.every(({ verified, minNs }) => verified && minNs > 0));
      const rowOf = (kernel: string, backend: string) =>
        rows.find((row) => row.kernel === kernel && row.backend === backend)!;
      assertEquals(rowOf("simd", "wasm").lanes, 4);
      assertEquals(rowOf("simd", "native -O3").flags, "-O3");
      assert(rowOf("simd", "native best").lanes >= 4);
      assertEquals(rowOf("naive", "native best").lanes, 1);
      assertEquals(rowOf("naive", "wasm").compiler, null);
      assertEquals(rowOf("naive", "javascript").speedup, 1);
      assertEquals(new Set(rows.map(({ macs }) => macs)), new Set([count(naive).macs]));
      assert(table.schema.metadata.has("cpuModel"));
    } finally {
      Deno.removeSync(cache, { recursive: true });
    }
  },
});

Deno.test("back ends without a compiler need none; others say what is missing", async () => {
  const backends = ["javascript", "wasm"] as const;
  const table = await benchBackends({ naive }, { ...quick, backends });
  assertEquals(tableToRows(table).map(({ backend }) => backend).sort(), [...backends]);
  await assertRejects(
    () => benchBackends({ naive }, { ...quick, backends: ["native -O3"], cc: "no-such-compiler" }),
    CompilerError,
    "no-such-compiler",
  );
  await assertRejects(
    () => benchBackends({ naive }, { ...quick, backends: ["fortran" as "wasm"] }),
    RangeError,
    "javascript",
  );
});
