// The examples are programs: each must type-check, and those that take --quick must run.
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "./assert.ts";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const examples = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name.endsWith(".ts")).sort();

async function deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("all examples type-check", async () => {
  assert(examples.length > 0);
  const { code, stderr } = await deno("check", "--quiet", ...examples);
  assertEquals(code, 0, stderr);
});

for (const name of examples) {
  const source = Deno.readTextFileSync(folder + name);
  if (!source.includes("--quick")) continue;
  Deno.test(`examples/${name} --quick prints a nest and a figure, and no error`, async () => {
    const { code, stdout, stderr } = await deno("run", "-A", "--no-check", name, "--quick");
    assertEquals(code, 0, stderr);
    assertEquals(stderr, "");
    assert(/for \(/.test(stdout) && /\d/.test(stdout), stdout);
  });
}

// Needs no time and no network, so it runs as it is.
for (
  const [name, args, expected] of [
    ["will_it_fit.ts", [], "SRAM after    185,991 B"],
    [
      "will_it_fit.ts",
      ["mobilenet_v2"],
      "does not fit: peak 1,204,239 B > 327,680 B SRAM (stm32f746)",
    ],
    ["run_a_model.ts", [], "The same bytes as the reference interpreter's: true"],
    ["plan_an_arena.ts", [], "Run byte by byte: 0 findings"],
    ["plan_an_arena.ts", ["mlperf-tiny-vww"], "73,728 B planned at start-up, 55,296 B"],
    ["rolling_rows.ts", [], "The same bytes as layer by layer, every access checked: true"],
  ] as const
) {
  Deno.test(`examples/${name} ${args.join(" ")} needs no permission and gives its verdict`, async () => {
    const { code, stdout, stderr } = await deno("run", "--no-check", name, ...args);
    assertEquals(code, 0, stderr);
    assert(stdout.includes(expected), stdout);
  });
}

Deno.test("examples/deploy_to_a_chip.ts writes a project and says what it takes", async () => {
  const out = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await deno(
      ...["run", "-A", "--no-check", "deploy_to_a_chip.ts"],
      ...["mlperf-tiny-ad", "nano33ble", `${out}/ad`],
    );
    assertEquals(code, 0, stderr);
    assert(
      stdout.includes("an arena of 768 B") && /Instructions {2}3\d\d,\d{3}/.test(stdout),
      stdout,
    );
    assert(Deno.readTextFileSync(`${out}/ad/net.h`).includes("NET_ARENA_BYTES 768"));
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});
