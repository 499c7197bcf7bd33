// Small random graphs: chains with side branches, of every kind of operator that the planner knows.
import { type Model, type Padding, windowExtent } from "tinyloom";
import { CONV, Graph } from "../model/models.ts";

/** A stream of random integers below a bound. */
export type Draw = (below: number) => number;

/** Integers from a seed (mulberry32). */
export function drawer(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What random graphs look like. */
export interface GraphShape {
  readonly operators: number;
  readonly extent: number;
  readonly channels: number;
}

export function randomGraph(draw: Draw, shape: GraphShape): Model {
  const graph = new Graph();
  const first = [1, 1 + draw(shape.extent), 1 + draw(shape.extent), 1 + draw(shape.channels)];
  const images = [graph.tensor(first)];
  const input = images[0];
  for (let i = 0; i < shape.operators; i++) images.push(addOperator(graph, images, draw, shape));
  const read = new Set(graph.operators.flatMap(({ inputs }) => inputs));
  const ends = images.filter((tensor) => !read.has(tensor));
  return graph.model([input], ends.length === 0 ? [input] : ends);
}

function addOperator(
  graph: Graph,
  images: readonly number[],
  draw: Draw,
  shape: GraphShape,
): number {
  // Mostly the newest, so that chains come about.
  const pick = () => images[draw(3) > 0 ? images.length - 1 : draw(images.length)];
  const from = pick();
  const [, height, width, channels] = graph.tensors[from].shape;
  const padding: Padding = draw(2) === 0 ? "SAME" : "VALID";
  const [strideH, strideW] = [1 + draw(2), 1 + draw(2)];
  const [tapsH, tapsW] = [Math.min(height, 1 + draw(3)), Math.min(width, 1 + draw(3))];
  const windows = (dilation = 1) => [
    windowExtent({ input: height, filter: tapsH, stride: strideH, dilation, padding }).output,
    windowExtent({ input: width, filter: tapsW, stride: strideW, dilation, padding }).output,
  ];
  const steps = { padding, strideH, strideW, activation: "NONE" } as const;
  switch (draw(9)) {
    case 0:
    case 1: {
      const depth = 1 + draw(shape.channels);
      const filter = graph.constant([depth, tapsH, tapsW, channels]);
      const attributes = { ...CONV, ...steps };
      return graph.add("CONV_2D", {
        inputs: [from, filter, -1],
        output: [1, ...windows(), depth],
        attributes,
      });
    }
    case 2:
    case 3: {
      const times = draw(4) === 0 ? 2 : 1;
      const filter = graph.constant([1, tapsH, tapsW, channels * times]);
      return graph.add("DEPTHWISE_CONV_2D", {
        inputs: [from, filter, -1],
        output: [1, ...windows(), channels * times],
        attributes: { ...steps, dilationH: 1, dilationW: 1, depthMultiplier: times },
      });
    }
    case 4:
      return graph.add(draw(2) === 0 ? "AVERAGE_POOL_2D" : "MAX_POOL_2D", {
        inputs: [from],
        output: [1, ...windows(), channels],
        attributes: { ...steps, filterH: tapsH, filterW: tapsW },
      });
    case 5: {
      const shapeOf = (tensor: number) => graph.tensors[tensor].shape.join();
      const same = images.filter((tensor) => shapeOf(tensor) === shapeOf(from));
      return graph.add("ADD", {
        inputs: [from, same[draw(same.length)]],
        output: graph.tensors[from].shape,
        attributes: { activation: "NONE", potScaleInt16: false },
      });
    }
    case 6: {
      const flat = [1, 1, height * width, channels];
      const target = graph.integers(flat);
      const attributes = { newShape: flat };
      return graph.add("RESHAPE", { inputs: [from, target], output: flat, attributes });
    }
    case 7: {
      const sides = [draw(2), draw(2), draw(2), draw(2)];
      const amounts = graph.integers([0, 0, ...sides, 0, 0], [4, 2]);
      const [top, bottom, left, right] = sides;
      return graph.add("PAD", {
        inputs: [from, amounts],
        output: [1, height + top + bottom, width + left + right, channels],
        attributes: {},
      });
    }
    default:
      return graph.add(draw(2) === 0 ? "RELU" : "SOFTMAX", {
        inputs: [from],
        output: graph.tensors[from].shape,
        attributes: { beta: 1 } as never,
      });
  }
}
