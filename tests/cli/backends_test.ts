// `--backends` of bench, matmul and conv: rows, charts and pages by back end, and what is missing.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";
import { said } from "./in_process.ts";
import { inFolder } from "./program.ts";

const tiny = "--m 8 --k 8 --n 8 --budget 0.2";

Deno.test("a product by back ends has a row for each, and is drawn, written and run again", () =>
  inFolder(async (folder) => {
    const call = (line: string) => said(line.split(" "), { folder, width: 1000 });
    const asked = `matmul ${tiny} --variants naive,simd --backends javascript,wasm`;
    const { code, printed } = await call(`${asked} --out t.arrow --out c.svg --out p.html`);
    assertEquals(code, 0);
    assertEquals(
      printed.split("\n").slice(0, 5).map((line) => line.split(/ {2,}/).slice(0, 3).join(" ")),
      [
        ...["kernel backend lanes", "naive javascript 1", "naive wasm 1"],
        ...["simd javascript 1", "simd wasm 4"],
      ],
    );
    // No verdicts: names of schedules alone do not tell rows apart.
    assert(!printed.includes("the baseline"));
    assertStringIncludes(await Deno.readTextFile(`${folder}/c.svg`), "simd, wasm");
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/p.html`),
      "The same schedules by each back end",
    );
    // Each row is held to that of its back end.
    const same = await call("compare t.arrow t.arrow");
    assertEquals(same.printed.split("\n").slice(0, 4).map((line) => line.split(":")[0].trim()), [
      ...["same       naive, javascript", "same       naive, wasm"],
      ...["same       simd, javascript", "same       simd, wasm"],
    ]);
    const again = await call("reproduce t.arrow --budget 0.2");
    assertStringIncludes(again.printed, `Ran again: tinyloom ${asked}`);
    assert(!again.printed.includes("different"), again.printed);
  }));

Deno.test("rows of JSON tell back end, flags, compiler and lanes; threads are left out of the usual variants", async () => {
  const { printed } = await said(
    `matmul ${tiny} --backends wasm --json`.split(" "),
  );
  const { rows } = JSON.parse(printed);
  assertEquals(
    rows.map(({ variant }: { readonly variant: string }) => variant),
    ["naive", "reorder", "tile", "unroll", "simd", "best"],
  );
  const { backend, compiler, flags, lanes, verified, threads } = rows[4];
  assertEquals(
    { backend, compiler, flags, lanes, verified, threads },
    { backend: "wasm", compiler: null, flags: null, lanes: 4, verified: true, threads: 1 },
  );
  const ladder = await said(`matmul --ladder ${tiny} --backends wasm --json`.split(" "));
  const rungs = JSON.parse(ladder.printed).rows as readonly { readonly variant: string }[];
  assertEquals(rungs.at(-1)!.variant, "pack");
});

Deno.test({
  name: "models and layers are timed by native back ends, spelt without blanks (needs cc)",
  ignore: !hasCommand("cc"),
  fn: async () => {
    const wide = { width: 1000 };
    const bench = "bench zoo:mlperf-tiny-ad --budget 0.2 --backends wasm,native-best";
    const { printed } = await said(bench.split(" "), wide);
    assertMatch(printed, /^model +backend /);
    assertMatch(printed, /\nzoo:mlperf-tiny-ad +wasm .* 1\.00x /);
    assertMatch(printed, /\nzoo:mlperf-tiny-ad +native best /);
    const layer = "conv --shape 1x4x4x4,3x3x4 --budget 0.2 --variants im2col --backends native-O3";
    assertMatch((await said(layer.split(" "), wide)).printed, /\nim2col +native -O3 +4 /);
  },
});

Deno.test("back ends that are not there are told in a line, and what does not go with them", async () => {
  for (
    const [line, expected] of [
      [
        "bench zoo:mlperf-tiny-ad --backends javascript",
        /there is no "javascript", only all, wasm,/,
      ],
      [
        "conv --backends wasm,fortran",
        /there is no "fortran", only all, wasm, wasm-wide, native-O0/,
      ],
      [
        `matmul ${tiny} --backends native-O0 --cc no-such-compiler`,
        /no-such-compiler cannot be run/,
      ],
      [`matmul ${tiny} --backends wasm --threads 2`, /leave --threads out/],
      [`matmul ${tiny} --cc gcc`, /--cc is for native --backends/],
      ["conv --cc gcc", /--cc is for native --backends/],
      ["bench zoo:mlperf-tiny-ad --backends wasm --threads 2", /leave --threads out/],
      ["bench zoo:mlperf-tiny-ad --backends wasm --nats nats://nowhere", /leave --nats out/],
      ["bench zoo:mlperf-tiny-ad --cc gcc", /--cc is for native --backends/],
    ] as const
  ) {
    const { code, notes } = await said(line.split(" "), { width: 1000 });
    assertEquals([line, code], [line, 2]);
    assertMatch(notes.join("\n"), expected);
  }
});

Deno.test("wide WebAssembly says by which flag of V8 it is had", async () => {
  const asked = `matmul ${tiny} --variants simd --backends wasm-wide --json`.split(" ");
  if (Deno.env.get("DENO_V8_FLAGS")?.includes("revectorize")) return;
  const { code, notes } = await said(asked, { width: 1000 });
  assertEquals(code, 2);
  assertStringIncludes(notes[0], "DENO_V8_FLAGS=--experimental-wasm-revectorize");
  const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, ...asked],
    env: { DENO_V8_FLAGS: "--experimental-wasm-revectorize" },
  }).output();
  const [{ backend, flags }] = JSON.parse(new TextDecoder().decode(stdout)).rows;
  assertEquals([backend, flags], ["wasm-wide", "--experimental-wasm-revectorize"]);
});
