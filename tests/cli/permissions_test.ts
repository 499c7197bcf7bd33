// Each command with exactly what its help names, and with one thing less.
import { assertEquals, assertMatch } from "../assert.ts";
import { commands, loadCommand } from "../../lib/cli/commands.ts";
import { permissionsOf } from "../../lib/cli/permissions.ts";
import { hasTool } from "../../lib/deploy/tools.ts";
import { inFolder } from "./program.ts";

const AD = "zoo:mlperf-tiny-ad";
const small = ["--m", "16", "--k", "16", "--n", "16", "--budget", "0.2"];

/** A line of each command that takes all that its help names. */
const lines: Readonly<Record<string, readonly string[] | null>> = {
  matmul: ["matmul", ...small, "--variants", "naive", "--out", "a.png"],
  conv: ["conv", "--shape", "1x4x4x4,1x1x4", "--budget", "0.2", "--out", "b.png"],
  tune: ["tune", "matmul", ...small, "--resume", "tuning.jsonl", "--out", "best.json"],
  compare: ["compare", "known.arrow", "known.arrow", "--out", "c.html"],
  reproduce: ["reproduce", "models.arrow"],
  model: ["model", AD, "--out", "d.png"],
  plan: ["plan", AD, "--out", "e.png", "--offline-plan", "planned.tflite"],
  devices: ["devices", AD],
  deploy: ["deploy", AD, "--prefix", "ad", "--verify", "host", "--force"],
  run: ["run", AD, "--random", "1", "--output", "scores.npy"],
  profile: ["profile", AD, "--budget", "0.2", "--out", "f.png"],
  explain: ["explain", AD, "0"],
  bench: ["bench", AD, "--budget", "0.2", "--backends", "wasm,native-best", "--out", "g.png"],
  ablate: ["ablate", AD, "--budget", "0.3", "--out", "h.png"],
  search: [
    ...["search", "--device", "nano33ble", "--samples", "20", "--generations", "0"],
    ...["--population", "2", "--workers", "1", "--tflite", "found.tflite", "--out", "i.png"],
  ],
  operators: ["operators", "--out", "operators.csv"],
  allocate: ["allocate", "buffers.csv", "--out", "placed.csv"],
  kernel: ["kernel", "--install"],
  init: ["init", "mine"],
  doctor: ["doctor"],
  completion: ["completion", "bash"],
  // Needs a server.
  worker: null,
};

Deno.test("every command has its line here", () => {
  assertEquals(Object.keys(lines).sort(), Object.keys(commands).sort());
});

Deno.test({
  name: "README has the line of each command",
  // Variables and folders of Jupyter are others elsewhere.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    const told = new Map<string, string>();
    for (
      const [, names, line] of readme.matchAll(/^\| ([a-z, ]+?) *\| `(--allow-read.*?)` *\|$/gm)
    ) {
      for (const name of names.split(", ")) told.set(name, line);
    }
    for (const name of Object.keys(commands)) {
      const asked = permissionsOf((await loadCommand(name)).permissions);
      assertEquals([name, told.get(name)], [name, asked.map(({ flag }) => flag).join(" ")]);
    }
  },
});

Deno.test({
  name: "every command runs with what its help names; what is needed and missing is one line",
  ignore: !(await hasTool("cc")),
  fn: async () => {
    await inFolder(async (folder) => {
      const buffers = "id,lower,upper,size\na,0,2,3\n";
      await Deno.writeTextFile(`${folder}/buffers.csv`, buffers);
      const write = ["--allow-read", "--allow-write"];
      const known = ["matmul", ...small, "--variants", "naive", "--out", "known.arrow"];
      await ran(known, { permissions: write, folder });
      await ran(["model", AD, "--out", "models.arrow"], { permissions: write, folder });
      for (const [name, args] of Object.entries(lines)) {
        const help = await ran([name, "--help"], { permissions: ["--allow-read"], folder });
        const [, line] = /^Permissions: (.*)$/m.exec(help.stdout)!;
        const permissions = line.split(" ");
        if (args === null) continue;
        const all = await ran(args, { permissions, folder });
        assertEquals([name, all.code, all.stderr.includes("may not have")], [name, 0, false]);
        const asked = permissionsOf((await loadCommand(name)).permissions);
        assertEquals(asked.map(({ flag }) => flag), permissions);
        for (const { flag } of asked.filter(({ optional }) => !optional)) {
          const less = permissions.filter((each) => each !== flag);
          const { code, stderr } = await ran(args, { permissions: less, folder });
          assertEquals([name, flag, code], [name, flag, 2]);
          const [kind] = flag.split("=");
          assertMatch(
            stderr,
            new RegExp(`(^|\n)tinyloom: ${name} may not have .*: run it with ${kind}.*\n$`),
          );
        }
      }
    });
  },
});

Deno.test("what is optional is left out of records", async () => {
  await inFolder(async (folder) => {
    const args = ["matmul", ...small, "--variants", "naive", "--json"];
    const { code, stdout } = await ran(args, { permissions: ["--allow-read"], folder });
    const { environment } = JSON.parse(stdout);
    const { cpuModel, gitCommit, v8Flags } = environment;
    assertEquals([code, cpuModel, gitCommit, v8Flags], [0, null, null, null]);
  });
});

async function ran(
  args: readonly string[],
  { permissions, folder }: { readonly permissions: readonly string[]; readonly folder: string },
) {
  const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...permissions, main, ...args],
    cwd: folder,
    env: { NO_COLOR: "1", JUPYTER_DATA_DIR: folder },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
