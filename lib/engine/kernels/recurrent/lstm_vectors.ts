import type { Region, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { constantValues } from "../../../model/constant.ts";
import { lstmGates } from "../../../model/operators/unidirectional_sequence_lstm.ts";
import { hasVectors, type Layer, type LayerKernel, type PlacedTensor } from "../../layer.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import type { EachGate } from "../../reference/lstm.ts";
import { addProducts, type ProductType } from "../products/add_products.ts";
import { packPanel, panelSource, runBytes } from "../products/panels.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { floatLanes, integerLanes } from "./lstm_lanes.ts";
import { elementPointer, lstmKernel, type LstmLayer, lstmLayer } from "./lstm_layer.ts";

/** Units in the lanes of a vector. */
const LANES = 4;

/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM of int8 and float32 with constant weights: four units in the lanes of a
 * vector for each gate, so that an element of the input or the state meets the weights of all gates.
 */
export function lstmVectors(layer: Layer): LayerKernel | null {
  const lstm = hasVectors(layer) ? lstmLayer(layer) : null;
  const dtype = lstm?.x.tensor.dtype;
  if (lstm === null || dtype !== "float32" && dtype !== "int8") return null;
  if (!hasPlainWeights(lstm)) return null;
  const { x, hidden, cell, output, weights, recurrent, depth, units } = lstm;
  const lanes = dtype === "float32" ? floatLanes(lstm) : integerLanes(lstm);
  const [own, other] = [
    { by: placePanels(layer, "input", weights, { dtype, depth, units }), from: x, depth },
    {
      by: placePanels(layer, "recurrent", recurrent, { dtype, depth: units, units }),
      from: hidden,
      depth: units,
    },
  ];
  const elementBytes = elementType(dtype).bytes;
  const whole = Math.floor(units / LANES);
  return lstmKernel(lstm, {
    kernel: `lstm ${dtype} ${LANES} units`,
    code: lanes.code,
    units: (b, { state, data, result }) => {
      const starts = [data, state].map((index, i) =>
        b.let("x_at", elementPointer([x, hidden][i], index))
      );
      const [c, y] = [
        b.let("c_at", elementPointer(cell, state)),
        b.let("y_at", elementPointer(output, result)),
      ];
      const block = (index: Value, count: number) => {
        const sums = [own, other].map(({ by, from, depth }, i) => {
          const gates = lstmGates.map((gate) => b.let(gate, lanes.begin(b, gate, { index, i })));
          const panelBytes = runBytes({ dtype, depth }, lstmGates.length);
          addProducts(b, layer.constants, {
            dtype,
            depth,
            sums: [gates],
            x: {
              region: from.region,
              address: starts[i],
              apartBytes: 0,
              stepBytes: elementBytes,
              zeroPoint: dtype === "float32" ? 0 : zeroPointOf(from.tensor),
            },
            weights: panelSource(dtype, {
              region: by,
              address: add(start(by), mul(index, panelBytes)),
              vectors: lstmGates.length,
            }),
          });
          return gates;
        });
        const gates = Object.fromEntries(
          lstmGates.map((
            gate,
            i,
          ) => [gate, lanes.gate(b, gate, { own: sums[0][i], other: sums[1][i], index })]),
        ) as EachGate<Value>;
        const at = (operand: PlacedTensor, address: Value, bytes: number) => ({
          region: operand.region,
          address: b.let("at", add(address, mul(index, LANES * bytes))),
        });
        const cellAt = at(cell, c, elementType(cell.tensor.dtype).bytes);
        const next = lanes.remember(b, { at: cellAt, count, gates });
        lanes.show(b, { at: at(output, y, elementBytes), count, cell: next, output: gates.output });
      };
      b.for("block", { until: whole }, (index) => block(index, LANES));
      if (units % LANES > 0) block(add(0, whole), units % LANES);
    },
  });
}

/** Whether all weights and biases are constants without zero points. */
function hasPlainWeights({ weights, recurrent, biases, x }: LstmLayer): boolean {
  const isFloat = x.tensor.dtype === "float32";
  return lstmGates.every((gate) =>
    [weights[gate], recurrent[gate], biases[gate]].every(({ tensor }) => tensor.data !== null) &&
    (isFloat ||
      [weights[gate], recurrent[gate]].every(({ tensor }) => zeroPointOf(tensor) === 0))
  );
}

/** `[block of units][k][gate][unit]`. */
function placePanels(
  { name, constants }: Layer,
  what: string,
  weights: EachGate<PlacedTensor>,
  { dtype, depth, units }: {
    readonly dtype: ProductType;
    readonly depth: number;
    readonly units: number;
  },
): Region {
  const values = lstmGates.map((gate) => constantValues(weights[gate].tensor) as ArrayLike<number>);
  const bytes = packPanel({ dtype, depth }, {
    runs: Math.ceil(units / LANES),
    vectors: lstmGates.length,
    weight: (block, k, channel) => {
      const unit = block * LANES + channel % LANES;
      return unit < units ? values[Math.floor(channel / LANES)][unit * depth + k] : null;
    },
  });
  return constants.place(`${name}_${what}_panels`, bytes);
}
