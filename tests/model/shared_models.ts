// Real models with published facts, in a folder next to the project that not everybody has.
const FOLDER = new URL("../../../shared/models/", import.meta.url);

/** A real model: its file, and what is known of it. */
export interface SharedModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly meta: {
    readonly macs: number;
    readonly weights_bytes: number;
    readonly op_count: number;
    readonly ops: readonly { readonly op: string; readonly count: number }[];
    readonly variable_tensors: readonly number[];
  };
}

/** The real models; none where the folder is missing. */
export function sharedModels(): SharedModel[] {
  try {
    const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
    return names.map((name) => ({
      name,
      bytes: Deno.readFileSync(new URL(`${name}/model.tflite`, FOLDER)),
      meta: JSON.parse(Deno.readTextFileSync(new URL(`${name}/meta.json`, FOLDER))),
    }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
