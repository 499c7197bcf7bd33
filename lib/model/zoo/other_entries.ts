import { autoencoder } from "./autoencoder.ts";
import { dsCnn } from "./ds_cnn.ts";
import type { PublishedNetwork, ZooEntry } from "./entry.ts";
import { mobilenetV1, TOTAL_STRIDE } from "./mobilenet_v1.ts";
import { resnet18, resnet8 } from "./resnet.ts";

const MLPERF = "mlcommons/tiny, benchmark/training";

/** MobileNetV1, ResNet-18 and the four networks of MLPerf Tiny. */
export const otherEntries: readonly ZooEntry[] = [
  {
    name: "mobilenet_v1",
    task: "ImageNet",
    architecture: "Howard et al., MobileNets, arXiv:1704.04861, table 1",
    defaults: { width: 1, resolution: 224, classes: 1000, explicitPadding: false },
    published: {
      macsMillions: 569,
      parametersMillions: 4.2,
      top1Percent: 70.6,
      source: "arXiv:1704.04861, table 8",
    },
    stride: TOTAL_STRIDE,
    net: null,
    build: (graph, settings) => mobilenetV1(graph, { ...settings, activation: "RELU6" }),
  },
  {
    name: "resnet18",
    task: "ImageNet",
    architecture: "He et al., Deep Residual Learning, CVPR 2016 (arXiv:1512.03385), table 1",
    defaults: { resolution: 224, classes: 1000 },
    published: {
      macsMillions: 1814,
      parametersMillions: 11.69,
      top1Percent: 69.758,
      source: "torchvision, ResNet18_Weights.IMAGENET1K_V1: 11,689,512 parameters, 1.814 GFLOPS " +
        "(multiply-accumulates)",
    },
    stride: 32,
    net: null,
    build: (graph, settings) => resnet18(graph, settings),
  },
  {
    name: "mlperf-tiny-vww",
    task: "Visual Wake Words",
    architecture: `${MLPERF}/visual_wake_words: MobileNetV1 of width 0.25 with plain ReLU`,
    defaults: {},
    published: counted(0.221794),
    stride: TOTAL_STRIDE,
    net: null,
    build: (graph) =>
      mobilenetV1(graph, { width: 0.25, resolution: 96, classes: 2, activation: "RELU" }),
  },
  {
    name: "mlperf-tiny-kws",
    task: "Speech Commands",
    architecture: `${MLPERF}/keyword_spotting: DS-CNN`,
    defaults: {},
    published: counted(0.024908),
    stride: 2,
    net: null,
    build: dsCnn,
  },
  {
    name: "mlperf-tiny-ic",
    task: "CIFAR-10",
    architecture: `${MLPERF}/image_classification: ResNet-8`,
    defaults: {},
    published: counted(0.078666),
    stride: 4,
    net: null,
    build: resnet8,
  },
  {
    name: "mlperf-tiny-ad",
    task: "ToyADMOS",
    architecture: `${MLPERF}/anomaly_detection: auto-encoder`,
    defaults: {},
    published: counted(0.269992),
    stride: 1,
    net: null,
    build: autoencoder,
  },
];

/** All parameters, moving averages of batch normalization among them, as Keras counts them. */
function counted(parametersMillions: number): PublishedNetwork {
  const source = `Keras count_params of ${MLPERF}`;
  return { macsMillions: null, parametersMillions, top1Percent: null, source };
}
