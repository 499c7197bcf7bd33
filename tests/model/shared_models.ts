// Real models with published facts.
import { type Place, places, readShared } from "../shared_files.ts";

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

/** The real models of some places; all that there are unless said. */
export function sharedModels(from: readonly Place[] = places): SharedModel[] {
  const names = new Set(from.flatMap((place) => place.names("models")));
  return [...names].sort().map((name) => ({
    name,
    bytes: readShared(`models/${name}/model.tflite`, from),
    meta: JSON.parse(new TextDecoder().decode(readShared(`models/${name}/meta.json`, from))),
  }));
}
