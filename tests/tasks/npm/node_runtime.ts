/**
 * What the library uses of Deno, by means of Node, for the npm package: the packager adds an import of
 * this file to each shipped file that names one of its exports. Where Deno, or workers of the web, are
 * there, they are used; in a browser nothing here can do anything, and says so when it is called.
 */
import type { Worker as NodeWorker } from "node:worker_threads";

// deno-lint-ignore no-explicit-any -- which of these globals exist is what is to be found out
const world = globalThis as any;

function builtin(name: string) {
  const module = world.process?.getBuiltinModule?.(name);
  if (module !== undefined) return module;
  throw new Error(`Files and programs need Deno or Node 22.3 or later: there is no ${name} here`);
}

const permitted = () => ({ state: world.process ? "granted" : "denied" });

const files = () => builtin("node:fs/promises");

// Deno has a class for each error, Node a code.
const withCode = (...codes: readonly string[]) =>
  class {
    static [Symbol.hasInstance](error: unknown): boolean {
      return codes.includes((error as { readonly code?: string } | null)?.code ?? "");
    }
  };

interface WriteOptions {
  readonly append?: boolean;
  readonly createNew?: boolean;
  readonly mode?: number;
}

interface CommandOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly stdin?: "null";
  readonly stdout?: "null" | "piped";
  readonly stderr?: "null" | "piped";
  readonly detached?: boolean;
}

class Command {
  constructor(readonly name: string, readonly options: CommandOptions = {}) {}

  output() {
    return this.spawn().output();
  }

  spawn() {
    const { args = [], cwd, detached = false } = this.options;
    const stdio = this.#stdio();
    const child = builtin("node:child_process").spawn(this.name, args, { cwd, detached, stdio });
    const all = async (stream: AsyncIterable<Uint8Array> | null) => {
      const parts: Uint8Array[] = [];
      for await (const part of stream ?? []) parts.push(part);
      return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
    };
    const status = new Promise<{ success: boolean; code: number }>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code: number | null) => resolve({ success: code === 0, code: code ?? 1 }));
    });
    const output = async () => {
      const [ended, stdout, stderr] = await Promise.all([
        status,
        all(child.stdout),
        all(child.stderr),
      ]);
      return { ...ended, stdout, stderr };
    };
    return { pid: child.pid, status, output, kill: (signal: string) => child.kill(signal) };
  }

  outputSync() {
    const { args = [], cwd } = this.options;
    const stdio = this.#stdio();
    const { error, status, stdout, stderr } = builtin("node:child_process")
      .spawnSync(this.name, args, { cwd, stdio });
    if (error) throw error;
    return { success: status === 0, code: status ?? 1, stdout, stderr };
  }

  #stdio() {
    const { stdout = "piped", stderr = "piped" } = this.options;
    return ["ignore", ...[stdout, stderr].map((each) => each === "null" ? "ignore" : "pipe")];
  }
}

const flagOf = ({ append, createNew }: WriteOptions = {}) => createNew ? "wx" : append ? "a" : "w";

interface TemporaryOptions {
  readonly dir?: string;
  readonly prefix?: string;
  readonly suffix?: string;
}

async function temporaryName({ dir, prefix = "", suffix = "" }: TemporaryOptions = {}) {
  const folder = dir ?? await files().realpath(builtin("node:os").tmpdir());
  return `${folder}/${prefix}${crypto.randomUUID().slice(0, 8)}${suffix}`;
}

const inNode = {
  args: world.process?.argv?.slice(2) ?? [],
  build: {
    os: { win32: "windows" }[world.process?.platform as string] ?? world.process?.platform ??
      "browser",
    arch: { x64: "x86_64", arm64: "aarch64" }[world.process?.arch as string] ??
      world.process?.arch ?? "",
  },
  version: { deno: null, v8: world.process?.versions?.v8 ?? null },
  errors: {
    NotFound: withCode("ENOENT"),
    AlreadyExists: withCode("EEXIST", "ENOTEMPTY"),
    PermissionDenied: withCode("EACCES", "EPERM"),
    IsADirectory: withCode("EISDIR"),
    NotCapable: withCode(),
  },
  // Node asks for nothing.
  permissions: { querySync: permitted, requestSync: permitted },
  kill: (id: number, signal: string) => world.process.kill(id, signal),
  // Deno's has a getter that throws outside of a notebook; this one is never in one.
  get jupyter(): never {
    throw new Error("This is no notebook of Deno's");
  },
  env: {
    get: (name: string) => world.process?.env[name],
    toObject: () => ({ ...world.process?.env }),
  },
  stderr: {
    isTerminal: () => world.process.stderr.isTTY === true,
    writeSync: (bytes: Uint8Array) => builtin("node:fs").writeSync(2, bytes),
  },
  stdout: { isTerminal: () => world.process.stdout.isTTY === true },
  consoleSize: () => {
    const { columns, rows } = world.process.stdout;
    if (columns === undefined) throw new Error("Standard output is no terminal");
    return { columns, rows };
  },
  Command,
  addSignalListener: (signal: string, listener: () => void) => world.process?.on(signal, listener),
  removeSignalListener: (signal: string, listener: () => void) =>
    world.process?.off(signal, listener),
  cwd: () => world.process.cwd(),
  execPath: () => world.process.execPath,
  exit: (code: number) => world.process.exit(code),
  loadavg: () => builtin("node:os").loadavg(),
  osRelease: () => builtin("node:os").release(),
  readFile: async (path: string, options?: { readonly signal?: AbortSignal }) =>
    new Uint8Array(await files().readFile(path, options)),
  readTextFile: (path: string) => files().readFile(path, "utf8"),
  readTextFileSync: (path: string) => builtin("node:fs").readFileSync(path, "utf8"),
  writeFile: (path: string, bytes: Uint8Array, options?: WriteOptions) =>
    files().writeFile(path, bytes, { flag: flagOf(options), mode: options?.mode }),
  writeTextFile: (path: string, text: string, options?: WriteOptions) =>
    files().writeFile(path, text, { flag: flagOf(options) }),
  open: openLockable,
  realPath: (path: string) => files().realpath(path),
  readLink: (path: string) => files().readlink(path),
  rename: (from: string, to: string) => files().rename(from, to),
  chmod: (path: string, mode: number) => files().chmod(path, mode),
  removeSync: (path: string) => builtin("node:fs").rmSync(path),
  remove: async (path: string, { recursive = false } = {}) => {
    const isFolder = (await files().lstat(path)).isDirectory();
    if (isFolder && !recursive) await files().rmdir(path);
    else await files().rm(path, { recursive });
  },
  mkdir: (path: string, options?: { readonly recursive?: boolean }) => files().mkdir(path, options),
  makeTempDir: async (options?: TemporaryOptions) => {
    const path = await temporaryName(options);
    await files().mkdir(path);
    return path;
  },
  makeTempFile: async (options?: TemporaryOptions) => {
    const path = await temporaryName(options);
    await files().writeFile(path, "", { flag: "wx", mode: 0o600 });
    return path;
  },
  stat: async (path: string) => described(await files().stat(path)),
  lstat: async (path: string) => described(await files().lstat(path)),
  readDir: async function* (path: string) {
    for (const entry of await files().readdir(path, { withFileTypes: true })) {
      yield { name: entry.name, ...described(entry) };
    }
  },
};

interface Entry {
  readonly size?: number;
  readonly mode?: number;
  readonly ino?: number;
  readonly dev?: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

const described = (entry: Entry) => ({
  isFile: entry.isFile(),
  isDirectory: entry.isDirectory(),
  isSymlink: entry.isSymbolicLink(),
  size: entry.size,
  mode: entry.mode,
  ino: entry.ino,
  dev: entry.dev,
});

/** A file that is there to be locked. Node cannot, so its owner's number stands in a file beside it. */
async function openLockable(path: string) {
  const fs = builtin("node:fs");
  const handle = await files().open(path, "a+");
  const owner = `${path}.owner`;
  let isOwner = false;
  const isAlive = (id: number): boolean => {
    try {
      return world.process.kill(id, 0);
    } catch (error) {
      return (error as { code?: string }).code === "EPERM";
    }
  };
  return {
    tryLock: (): boolean => {
      for (let tries = 0; tries < 2 && !isOwner; tries++) {
        try {
          fs.writeFileSync(owner, String(world.process.pid), { flag: "wx" });
          isOwner = true;
        } catch {
          const id = Number(fs.readFileSync(owner, "utf8"));
          if (isAlive(id)) return false;
          fs.rmSync(owner);
        }
      }
      return isOwner;
    },
    stat: async () => described(await handle.stat()),
    close: () => {
      if (isOwner) fs.rmSync(owner, { force: true });
      void handle.close();
    },
  };
}

/** A worker of the web over one of Node's, as far as the library uses it. */
class WorkerInNode {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: { readonly message: string; preventDefault(): void }) => void) | null = null;
  readonly #worker: NodeWorker;

  constructor(script: URL) {
    const threads = builtin("node:worker_threads");
    this.#worker = new threads.Worker(script);
    this.#worker.on("message", (data) => this.onmessage?.({ data }));
    this.#worker.on("error", ({ message }: Error) => {
      this.onerror?.({ message, preventDefault: () => {} });
    });
  }

  postMessage(message: unknown): void {
    this.#worker.postMessage(message);
  }

  terminate(): void {
    this.#worker.terminate();
  }
}

/** The other end, inside of such a worker. */
const selfInNode = {
  set onmessage(listener: (event: { readonly data: unknown }) => void) {
    const { parentPort } = builtin("node:worker_threads");
    parentPort.on("message", (data: unknown) => listener({ data }));
  },
  postMessage: (message: unknown) => builtin("node:worker_threads").parentPort.postMessage(message),
};

/** Deno's own, or what takes its place. */
export const Deno: unknown = world.Deno ?? inNode;
/** The web's own, or what takes its place. */
export const Worker: unknown = world.Worker ?? WorkerInNode;
/** The web's own, or what takes its place. */
export const self: unknown = world.self ?? selfInNode;
