import {
  installKernel,
  jupyterDataDirectory,
  kernelCommand,
  type KernelSpec,
  kernelSpec,
} from "tinyloom";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";

Deno.test("the kernelspec starts Deno's kernel with interrupts ignored, without colours", () => {
  const expected: KernelSpec = {
    argv: [
      "/bin/sh",
      "-c",
      `trap '' INT; exec "$0" jupyter --kernel --conn "$1"`,
      "/opt/my deno/deno",
      "{connection_file}",
    ],
    display_name: "Tinyloom (Deno)",
    language: "typescript",
    interrupt_mode: "signal",
    env: { NO_COLOR: "1" },
  };
  assertEquals(kernelSpec({ denoPath: "/opt/my deno/deno", os: "linux" }), expected);
});

Deno.test("the wide kernelspec turns V8's revectorizer on", () => {
  const { env, display_name } = kernelSpec({ denoPath: "deno", wide: true });
  assertEquals(env, { NO_COLOR: "1", DENO_V8_FLAGS: "--experimental-wasm-revectorize" });
  assertEquals(display_name, "Tinyloom (Deno, wide vectors)");
});

Deno.test("a kernelspec needs the path of Deno", () => {
  assertThrows(() => kernelSpec({ denoPath: "" }), TypeError, "denoPath is empty");
});

Deno.test("Jupyter's data folder follows the environment and the system", () => {
  const HOME = "/home/ada";
  const on = (os: string, variables: Record<string, string>) =>
    jupyterDataDirectory(variables, { os });
  assertEquals(on("linux", { HOME }), "/home/ada/.local/share/jupyter");
  assertEquals(on("linux", { HOME, XDG_DATA_HOME: "/data" }), "/data/jupyter");
  assertEquals(on("darwin", { HOME, XDG_DATA_HOME: "/data" }), "/home/ada/Library/Jupyter");
  assertEquals(on("windows", { APPDATA: "C:\\Roaming" }), "C:\\Roaming\\jupyter");
  assertEquals(on("windows", { HOME, JUPYTER_DATA_DIR: "D:\\j" }), "D:\\j");
  assertThrows(() => on("windows", { HOME }), TypeError, "APPDATA is not set");
});

Deno.test("installing replaces an earlier kernelspec and leaves nothing else behind", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await installKernel({ directory, denoPath: "/old/deno" });
    const { name, path, spec } = await installKernel({ directory, denoPath: "/new/deno" });
    await installKernel({ directory, denoPath: "/new/deno", wide: true });
    assertEquals(name, "tinyloom");
    assertEquals(JSON.parse(await Deno.readTextFile(path)), spec);
    assertEquals(spec, kernelSpec({ denoPath: "/new/deno" }));
    const kernels = Array.from(Deno.readDirSync(`${directory}/kernels`), ({ name }) => name);
    assertEquals(kernels.sort(), ["tinyloom", "tinyloom-wide"]);
    const files = Array.from(Deno.readDirSync(`${directory}/kernels/tinyloom`));
    assertEquals(files.map(({ name }) => name), ["kernel.json"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the kernel command prints the kernelspec unless told to install it", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const denoPath = "/home/ada/.npm/_npx/1a2b/node_modules/deno/deno";
    const printed = await kernelCommand({ directory, denoPath });
    assertEquals(JSON.parse(printed.text), kernelSpec({ denoPath }));
    assertMatch(printed.warnings[0], /_npx.* npx may remove/);
    assertEquals(Array.from(Deno.readDirSync(directory)), []);

    const installed = await kernelCommand({ directory, denoPath: "/usr/bin/deno", install: true });
    assertMatch(installed.text, /^Installed the kernel "Tinyloom \(Deno\)" as .*kernel\.json\n/);
    assertEquals(installed.warnings, []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("installing into a folder that is a file fails with the system's reason", async () => {
  const directory = await Deno.makeTempFile();
  try {
    await assertRejects(() => installKernel({ directory, denoPath: "deno" }), Error);
  } finally {
    await Deno.remove(directory);
  }
});
