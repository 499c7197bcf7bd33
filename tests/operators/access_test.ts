import {
  type ConstantArray,
  type Dtype,
  EngineError,
  type Model,
  type ModelTensor,
  operatorDefinitions,
  type OperatorName,
  runReference,
} from "tinyloom";
import { definitionOf, operandTensors } from "../../lib/model/definition_of.ts";
import { rowsOf } from "../../lib/model/moves.ts";
import { optionTable } from "../../lib/model/option_tables.ts";
import { readOptions } from "../../lib/model/read_options.ts";
import { zeroValues } from "../../lib/model/constant.ts";
import { constant, list, single, tensor } from "../engine/single_operator.ts";
import { assert, assertEquals } from "../assert.ts";

// A definition says which input elements an output element needs, and planner and validator believe
// it. Here the reference interpreter is asked.

const SHAPE = [2, 3, 4];
const COUNT = 24;
const ROW = 4;

for (const name of Object.keys(operatorDefinitions) as OperatorName[]) {
  const { kind } = definitionOf(name).access;
  if (kind === "elementwise" || kind === "rows") {
    Deno.test(`${name} needs of its inputs what its access says: ${kind}`, () => {
      const { model, inputs } = runnable(name, SHAPE);
      const before = run(model, inputs);
      const reached = inputs.map((_, input) => {
        let most = 0;
        for (let place = 0; place < COUNT; place++) {
          const changed = inputs.map((values) => values.slice());
          changed[input][place] = Number(changed[input][place]) + 1;
          const after = run(model, changed);
          const differing = [...after.keys()].filter((i) => !Object.is(after[i], before[i]));
          const unit = kind === "rows" ? ROW : 1;
          for (const i of differing) assertEquals(Math.floor(i / unit), Math.floor(place / unit));
          most = Math.max(most, differing.length);
        }
        return most;
      });
      assert(reached.every((most) => most > 0), `no output depends on an input: ${reached}`);
    });
  }
  if (kind === "view") {
    Deno.test(`${name} leaves the bytes as they are, as its access says: view`, () => {
      const { model, inputs } = runnable(name, [COUNT]);
      assertEquals(run(model, inputs), [...inputs[0]].map(Number));
    });
  }
}

const RESIZED: readonly (readonly [rows: number, to: number])[] = [[5, 9], [9, 4], [3, 3], [1, 4]];
const WAYS = [[false, false], [false, true], [true, false]] as const;

/** Images of one column that become others, float32 and int8. */
function images(dtype: "float32" | "int8"): readonly Model[] {
  const image = (rows: number) => of(dtype, [2, rows, 1, 1]);
  const resized = (["RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"] as const).flatMap((op) =>
    RESIZED.flatMap(([rows, to]) =>
      WAYS.map(([alignCorners, halfPixelCenters]) =>
        single(op, { alignCorners, halfPixelCenters }, {
          inputs: [image(rows), list(to, 1)],
          outputs: [image(to)],
        })
      )
    )
  );
  const filters = zeroValues(dtype, 3).fill(1 as never);
  const transposed = (["SAME", "VALID"] as const).flatMap((padding) =>
    [1, 2, 4].map((strideH) => {
      const to = padding === "SAME" ? 4 * strideH : 3 * strideH + 3;
      return single("TRANSPOSE_CONV", {
        ...{ padding, strideH, strideW: 1, activation: "NONE", quantizedBiasType: "float32" },
      }, {
        inputs: [
          list(2, to, 1, 1),
          constant(dtype, filters, {
            ...tensor(dtype, [1, 3, 1, 1], dtype === "int8" ? [0.125, 0] : null),
          }),
          image(4),
        ],
        outputs: [image(to)],
      });
    })
  );
  return [...resized, ...transposed];
}

Deno.test("rows of an image are computed from those that a definition says, and from no others", () => {
  for (const dtype of ["float32", "int8"] as const) {
    for (const model of images(dtype)) {
      const { operators: [operator], tensors, inputs: [input] } = model;
      const { rows } = rowsOf(operator, operandTensors(operator, tensors))!;
      const [images, height] = tensors[input].shape;
      const values = zeroValues(dtype, images * height);
      for (let i = 0; i < values.length; i++) values[i] = i * 7 % 11;
      const before = run(model, [values]);
      for (let place = 0; place < values.length; place++) {
        const changed = values.slice();
        changed[place] = Number(changed[place]) + 40;
        const after = run(model, [changed]);
        const [image, row] = [Math.floor(place / height), place % height];
        for (const [at, value] of after.entries()) {
          if (Object.is(value, before[at])) continue;
          const [first, until] = rows[at % rows.length];
          const isSaid = Math.floor(at / rows.length) === image && first <= row && row < until;
          assert(isSaid, `${operator.op} ${JSON.stringify(operator.attributes)}: ${place}, ${at}`);
        }
      }
    }
  }
});

/** Types of inputs, of which the last one stands for all that follow, and of the output. */
const DTYPES: readonly (readonly [inputs: readonly Dtype[], output: Dtype])[] = [
  [["float32"], "float32"],
  [["int8"], "float32"],
  [["float32"], "int8"],
  [["bool"], "bool"],
  [["float32"], "bool"],
  [["bool", "float32"], "float32"],
];

/** A model of one operator, of the first types that it runs on, with values for its inputs. */
function runnable(
  name: OperatorName,
  outputShape: readonly number[],
): { readonly model: Model; readonly inputs: ConstantArray[] } {
  for (const [from, to] of DTYPES) {
    const typeOf = (input: number) => from[Math.min(input, from.length - 1)];
    const model = modelOf(name, (input) => of(typeOf(input), SHAPE), of(to, outputShape));
    const inputs = model.inputs.map((_, input) => valuesOf(typeOf(input), input));
    try {
      run(model, inputs);
      return { model, inputs };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }
  throw new TypeError(`${name} runs on none of ${DTYPES.join("; ")}`);
}

function modelOf(
  name: OperatorName,
  inputOf: (input: number) => ModelTensor,
  output: ModelTensor,
): Model {
  const { inputs, optionTable: table, access } = definitionOf(name);
  const layout = table === null ? undefined : optionTable(table);
  const attributes = layout === undefined ? {} : readOptions(null, layout);
  // The schema's initial slope and exponent are 0, which would hide what they stand before.
  for (const field of ["alpha", "beta"]) if (field in attributes) attributes[field] = 0.5;
  const others = Array.from(
    { length: inputs - 1 },
    (_, i) => access.kind === "view" ? list(0) : inputOf(i + 1),
  );
  return single(name, attributes as never, { inputs: [inputOf(0), ...others], outputs: [output] });
}

function of(dtype: Dtype, shape: readonly number[]): ModelTensor {
  return tensor(dtype, shape, dtype === "int8" ? [0.125, 3] : null);
}

/** From -0.48 to 0.67, in no order: none is 0, and adding 1 to one of a pair turns their order. */
function valuesOf(dtype: Dtype, input: number): ConstantArray {
  const values = zeroValues(dtype, COUNT);
  for (let i = 0; i < COUNT; i++) {
    const step = (i * 7 + input * 5) % COUNT;
    values[i] = dtype === "float32"
      ? Math.fround(step * 0.05 - 0.48)
      : dtype === "bool"
      ? Number(step % 3 === 0)
      : step;
  }
  return values;
}

function run(model: Model, inputs: readonly ConstantArray[]): number[] {
  return Array.from(runReference(model, inputs).outputs[0], Number);
}
