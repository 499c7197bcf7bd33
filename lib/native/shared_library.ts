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
 * The library of a source: one that is there, or a new one, written beside and put into place. A source
 * of several parts is compiled by as many compilers as there are cores, each with `PART` as its number.
 */
export async function sharedLibrary(
  source: string,
  { target, flags, cache, parts = 1, signal }: {
    readonly target: NativeTarget;
    readonly flags: readonly string[];
    /** Folder of libraries; left out: one in the system's folder of temporary files. */
    readonly cache?: string;
    readonly parts?: number;
    /** Ends the compilers. */
    readonly signal?: AbortSignal;
  },
): Promise<{ readonly path: string; readonly wasCached: boolean }> {
  const folder = cache ?? await ownFolder();
  await Deno.mkdir(folder, { recursive: true });
  const key = await digest([source, target.version, target.macros, ...flags].join("\0"));
  const path = `${folder}/${key}.so`;
  if (await exists(path)) return { path, wasCached: true };
  const work = await Deno.makeTempDir({ dir: folder });
  const compile = async (args: readonly string[]) => {
    const result = await runCompiler(target.cc, [...flags, ...args], { signal });
    if (result?.success) return;
    throw new CompilerError(`${target.cc} failed: ${result?.errors.trim().slice(0, 2000)}`);
  };
  try {
    const [file, library] = [`${work}/library.c`, `${work}/library.so`];
    await Deno.writeTextFile(file, source);
    const objects = Array.from({ length: parts }, (_, part) => `${work}/part${part}.o`);
    if (parts > 1) {
      const left = [...objects.entries()];
      const worker = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          await compile(["-c", `-DPART=${next[0]}`, file, "-o", next[1]]).catch((error) => {
            left.length = 0;
            throw error;
          });
        }
      };
      const workers = Array.from({ length: navigator.hardwareConcurrency }, worker);
      // None may be at work any more when the folder goes.
      await Promise.allSettled(workers);
      await Promise.all(workers);
    }
    await compile([...parts > 1 ? objects : [file], "-lm", "-o", library]);
    await Deno.rename(library, path);
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
