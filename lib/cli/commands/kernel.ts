import {
  jupyterDataDirectory,
  jupyterVariableNames,
  jupyterVariables,
  kernelCommand,
} from "../../notebook/install_kernel.ts";
import type { Command } from "../command.ts";

/** `tinyloom kernel [--install] [--wide]`. */
export const command: Command = {
  name: "kernel",
  operands: "",
  flags: {
    install: { kind: "boolean", about: "write the kernelspec for this user" },
    wide: { kind: "boolean", about: "let V8 fuse 128-bit vectors into 256-bit ones" },
  },
  examples: ["kernel --install", "kernel --install --wide"],
  permissions: {
    write: "--install",
    env: { names: jupyterVariableNames, why: "for where Jupyter looks" },
  },
  run: async ({ flags, print, note, env }) => {
    const { text, warnings } = await kernelCommand({
      install: flags.install as boolean,
      wide: flags.wide as boolean,
      directory: jupyterDataDirectory(jupyterVariables(env)),
      denoPath: Deno.execPath(),
    });
    for (const warning of warnings) note(warning);
    print(text);
    if (flags.install) {
      note(`Notebooks import "tinyloom" in a folder where tinyloom init was run, and below it.`);
      note(`Elsewhere: import { ... } from "${new URL("../../../mod.ts", import.meta.url).href}"`);
    }
    return 0;
  },
};
