import type { Value } from "../../kernel/kernel.ts";
import type { At } from "../../kernel/kernel_builder.ts";
import { add, apply, constant, either, mul } from "../../kernel/values.ts";
import type { NestDtype } from "../../nest/dtype.ts";
import type { Guard, Let, Ref } from "../program.ts";
import {
  boundTo,
  bytesOf,
  loadGroup,
  loadNeighbours,
  type Recording,
  type Scope,
  type Variable,
} from "./recording.ts";
import {
  constantVector,
  inWidth,
  type Kind,
  loadAs,
  storeActive,
  vectorOf,
} from "./vector_values.ts";

/** The value at a reference, or what is read outside the tensor. */
export function loadRef(recording: Recording, ref: Ref, kind: Kind, scope: Scope): Value {
  const { dtype } = boundTo(recording, ref.buffer);
  const repeated = ref.lane === 0;
  const at = repeated && ref.pointer !== null && scope.added.has(ref.pointer)
    ? addedPlace(recording, ref, scope)
    : placeOf(recording, ref, scope);
  const { isCut: isFilled = false, isExact = false } = recording;
  const loaded = loadAs(kind, dtype, { at, repeated, isFilled, isExact });
  const members = isFilled ? kind.width.members : kind.width.group;
  const inside = ref.isUnsigned ? turned(recording, loaded, members) : loaded;
  if (ref.guards.length === 0) return inside;
  return either(areInside(ref.guards, scope), inside, constantVector(ref.outside, kind));
}

/** Neighbours from a reference on, loaded at once as they lie. */
export function loadNeighboursOf(
  recording: Recording,
  { ref, width, dtype: to, neighbours }: Let & { readonly neighbours: number },
  scope: Scope,
): Value {
  const { dtype } = boundTo(recording, ref.buffer);
  const place = placeOf(recording, ref, scope);
  if (neighbours >= width.group) return loadNeighbours(place, dtype, neighbours);
  const { isCut: isFilled = false } = recording;
  const group = { group: width.group, members: neighbours as 1, isFilled };
  return inWidth(loadGroup(place, dtype, group), { dtype: to, width });
}

// int8 plus 128 is the uint8 with the highest bit turned; members that are not there stay zero.
function turned({ vector = vectorOf }: Recording, value: Value, members: number): Value {
  return apply("v128.xor", [value, vector(highestBits[members])]);
}

// The highest bits of so many bytes of every four.
const highestBits = Array.from(
  { length: 5 },
  (_, members) => Uint8Array.from({ length: 16 }, (_, byte) => byte % 4 < members ? 0x80 : 0),
);

/** Stores a value at a reference. */
export function storeRef(
  recording: Recording,
  ref: Ref,
  stored: Kind & { readonly value: Variable },
  scope: Scope,
): void {
  storeActive(recording.builder, stored, placeOf(recording, ref, scope), stored.value);
}

function areInside(guards: readonly Guard[], scope: Scope): Value {
  return guards.map((guard) => isInside(guard, scope))
    .reduce((before, next) => apply("i32.and", [before, next]));
}

// 0 <= coordinate < extent, as one unsigned comparison.
function isInside({ offset, strides, extent }: Guard, scope: Scope): Value {
  const coordinate = Object.entries(strides).reduce(
    (sum, [loop, stride]) => add(sum, mul(scope.steps.get(loop)!, stride)),
    constant(offset),
  );
  return apply("i32.lt_u", [coordinate, extent]);
}

type Place = At & { readonly offsetBytes: number };

function placeOf(recording: Recording, ref: Ref, scope: Scope): Place {
  const { region, pointer } = boundTo(recording, ref.buffer);
  const offsetBytes = offsetOf(recording, ref, scope);
  if (ref.pointer === null && pointer.kind === "address") {
    // A constant address inside the memory is checked once, when the module is compiled. As an
    // offset from zero it also shows V8 which vectors are neighbours and may become wider ones.
    const fromFirst = pointer.offsetBytes + offsetBytes;
    return { region, address: constant(0), offsetBytes: fromFirst, isIndex: true };
  }
  const address = ref.pointer === null ? pointer : scope.pointers.get(ref.pointer)!;
  // A pointer that falls may lie before the memory's first byte: sums of i32 go around, an access's own
  // offset does not.
  return offsetBytes < 0 || offsetBytes > 0 && falls(ref)
    ? { region, address: add(address, offsetBytes), offsetBytes: 0 }
    : { region, address, offsetBytes };
}

// References in the body of the same loops share their strides.
const falling = new WeakMap<Ref["strides"], boolean>();

function falls({ strides }: Ref): boolean {
  let known = falling.get(strides);
  if (known === undefined) {
    known = Object.values(strides).some((stride) => stride < 0);
    falling.set(strides, known);
  }
  return known;
}

function offsetOf(recording: Recording, { buffer, offset, pointer }: Ref, scope: Scope): number {
  const shifted = pointer === null ? 0 : scope.shifted.get(pointer) ?? 0;
  return bytesOf(recording, buffer, offset) + shifted;
}

function addedPlace(recording: Recording, ref: Ref, scope: Scope): Place {
  const { region } = boundTo(recording, ref.buffer);
  const offsetBytes = offsetOf(recording, ref, scope);
  const address = add(scope.pointers.get(ref.pointer!)!, offsetBytes);
  return { region, address, offsetBytes: 0 };
}

/** What an update starts from: the number that changes nothing. */
export function startOf(update: "add" | "max", dtype: NestDtype): number {
  if (update === "add") return 0;
  return dtype === "i32" ? -(2 ** 31) : -Infinity;
}
