import type { KernelCode } from "../kernel/kernel.ts";

/** Functions that several layers call, each kept once. */
export class KernelLibrary {
  readonly #known = new Map<string, KernelCode>();

  /** The function that does the same, if there is one, else this one under a name of its own. */
  share(code: KernelCode, name: string): KernelCode {
    const key = JSON.stringify(
      [name, code],
      // A region of an access goes by its name: its place comes as a pointer. That of a pointer counts.
      (field, value) =>
        field === "place"
          ? { ...value, region: { name: value.region.name, check: value.region.check } }
          : typeof value === "bigint"
          ? String(value)
          : value,
    );
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const named = { ...code, name: `${name}_${this.#known.size}` };
    this.#known.set(key, named);
    return named;
  }
}
