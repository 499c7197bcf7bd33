import { CompilerError, type NativeTarget, runCompiler } from "./native_target.ts";

/**
 * Refuses what has no way to load native code: the npm package runs in Node and browsers too.
 *
 * @throws {CompilerError} this is not Deno.
 */
export function checkCanLoad(): void {
  if (typeof Deno === "undefined" || Deno.dlopen === undefined) {
    throw new CompilerError("Native code is loaded by Deno.dlopen, which is not here: needed Deno");
  }
}

/** All options of the compiler, whether or not multiplication and addition are fused. */
export function libraryFlags(target: NativeTarget, fma: boolean): readonly string[] {
  return [
    ...target.flags,
    `-ffp-contract=${fma ? "fast" : "off"}`,
    // Memory of one type may hold another after it, and no one asks for the error of a root.
    ...["-fno-strict-aliasing", "-fno-math-errno", "-std=gnu11", "-shared", "-fPIC", "-pthread"],
  ];
}

/**
 * The library of some sources: one that is there, or a new one, written beside and put into place.
 * Sources are compiled side by side.
 */
export async function sharedLibrary(
  sources: readonly string[],
  { target, flags, cache, signal }: {
    readonly target: NativeTarget;
    readonly flags: readonly string[];
    /** Folder of libraries; left out: one in the system's folder of temporary files. */
    readonly cache?: string;
    /** Ends the compilers. */
    readonly signal?: AbortSignal;
  },
): Promise<{ readonly path: string; readonly wasCached: boolean }> {
  const folder = cache ?? await ownFolder();
  await Deno.mkdir(folder, { recursive: true });
  const key = await digest([...sources, target.version, target.macros, ...flags].join("\0"));
  const path = `${folder}/${key}.so`;
  if (await exists(path)) return { path, wasCached: true };
  const work = await Deno.makeTempDir({ dir: folder });
  const compile = async (args: readonly string[]) => {
    const result = await runCompiler(target.cc, [...flags, ...args], { signal });
    if (result?.success) return;
    throw new CompilerError(`${target.cc} failed: ${result?.errors.trim().slice(0, 2000)}`);
  };
  try {
    const files = sources.map((_, i) => `${work}/part${i}.c`);
    await Promise.all(files.map((file, i) => Deno.writeTextFile(file, sources[i])));
    const output = ["-lm", "-o", `${work}/library.so`];
    if (files.length === 1) await compile([...files, ...output]);
    else {
      const objects = files.map((file) => file.replace(/c$/, "o"));
      const parts = files.map((file, i) => compile(["-c", file, "-o", objects[i]]));
      // None may be at work any more when the folder goes.
      await Promise.allSettled(parts);
      await Promise.all(parts);
      await compile([...objects, ...output]);
    }
    await Deno.rename(`${work}/library.so`, path);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return { path, wasCached: false };
}

/** A folder beside the system's temporary ones that nobody else may write to. */
async function ownFolder(): Promise<string> {
  const probe = await Deno.makeTempDir({ prefix: "tinyloom_" });
  const { uid } = await Deno.stat(probe);
  await Deno.remove(probe);
  const folder = `${probe.replace(/[\\/][^\\/]*$/, "")}/tinyloom_native_${uid ?? 0}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await Deno.lstat(folder);
  const isOwn = found.isDirectory && found.uid === uid && ((found.mode ?? 0) & 0o022) === 0;
  if (!isOwn) {
    throw new CompilerError(`${folder} belongs to somebody else; name another folder by cache`);
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
