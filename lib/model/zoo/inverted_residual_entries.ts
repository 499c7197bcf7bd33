import type { PublishedNetwork, ZooEntry } from "./entry.ts";
import {
  type InvertedResidualNet,
  invertedResidualNet,
  totalStride,
} from "./inverted_residual_net.ts";
import { mcunets } from "./mcunet.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import { proxylessNas, type ProxylessTarget } from "./proxylessnas.ts";
import type { ZooDefaults } from "./zoo_options.ts";

const IMAGENET = "ImageNet";
const MOBILENET_V2 = "Sandler et al., MobileNetV2, CVPR 2018 (arXiv:1801.04381), table 2";
const PROXYLESSNAS = "Cai et al., ProxylessNAS, ICLR 2019; released configurations of " +
  "mit-han-lab/proxylessnas as in osmr/imgclsmob, proxylessnas.py";
const MCUNET = "Lin et al., MCUNet, NeurIPS 2020; released configurations of mit-han-lab/mcunet";
const TINYML = "mit-han-lab/tinyml, mcunet/README.md";

/** Networks of inverted residual blocks: MobileNetV2, ProxylessNAS, MCUNet. */
export const invertedResidualEntries: readonly ZooEntry[] = [
  scalable("mobilenet_v2", {
    net: (width) => mobilenetV2(width, { narrowHead: false, ends: "softmax" }),
    architecture: MOBILENET_V2,
    published: figures([300, 3.47, 71.8], "tensorflow/models, slim/nets/mobilenet/README.md"),
  }),
  fixed("mobilenet_v2-0.75", {
    net: mobilenetV2(0.75, { narrowHead: false, ends: "softmax" }),
    defaults: { resolution: 224, classes: 1000 },
    architecture: MOBILENET_V2,
    published: figures([209, 2.61, 69.8], "tensorflow/models, slim/nets/mobilenet/README.md"),
  }),
  ...[
    mbv2Baseline({ width: 0.3, resolution: 64 }, null),
    mbv2Baseline({ width: 0.3, resolution: 80 }, [7.3, 0.63, 38.6]),
    mbv2Baseline({ width: 0.35, resolution: 144 }, [23.5, 0.75, 49.0]),
  ],
  proxyless("mobile", [320, 4.080512, 74.6]),
  proxyless("mobile14", [581, 6.857568, 76.7]),
  proxyless("cpu", [null, 4.361648, null]),
  proxyless("gpu", [null, 7.119848, 75.1]),
  fixed("proxyless-w0.25-r112", {
    net: proxylessNas("mobile", 0.25),
    defaults: { resolution: 112, classes: 1000 },
    architecture: PROXYLESSNAS,
    published: figures([10.7, 0.57, 43.8], TINYML),
  }),
  ...([[64, null], [176, [38.3, 0.75, 56.2]]] as const).map(([resolution, printed]) =>
    fixed(`proxyless-w0.3-r${resolution}`, {
      net: mcunets["proxyless-w0.3"],
      defaults: { resolution, classes: 1000 },
      architecture: MCUNET,
      published: figures(printed, TINYML),
    })
  ),
  mcunet("mcunet-in0", 48, [6.4, 0.75, 40.4]),
  mcunet("mcunet-in1", 96, [12.8, 0.64, 49.9]),
  mcunet("mcunet-in2", 160, [67.3, 0.73, 60.3]),
  mcunet("mcunet-in3", 176, [81.8, 0.74, 61.8]),
  mcunet("mcunet-in4", 160, [125.9, 1.73, 68.0]),
  wakeWords("mcunet-vww0", 64, [6.0, 0.37, 87.3]),
  wakeWords("mcunet-vww1", 80, [11.6, 0.43, 88.9]),
  wakeWords("mcunet-vww2", 144, [55.8, 0.64, 91.8]),
];

/** Millions of MACs, millions of parameters, top-1 in percent. */
type Figures = readonly [macs: number | null, parameters: number | null, top1: number | null];

function figures(printed: Figures | null, source: string): PublishedNetwork {
  const [macsMillions, parametersMillions, top1Percent] = printed ?? [null, null, null];
  return { macsMillions, parametersMillions, top1Percent, source: printed === null ? "" : source };
}

interface Facts {
  readonly architecture: string;
  readonly published: PublishedNetwork;
}

function fixed(
  name: string,
  options: Facts & { readonly net: InvertedResidualNet; readonly defaults: ZooDefaults },
): ZooEntry {
  const { net, defaults, architecture, published } = options;
  return {
    name,
    task: IMAGENET,
    architecture,
    published,
    defaults: { ...defaults, explicitPadding: false },
    stride: totalStride(net),
    net: () => net,
    build: (graph, settings) => invertedResidualNet(graph, net, settings),
  };
}

function scalable(
  name: string,
  options: Facts & { readonly net: (width: number) => InvertedResidualNet },
): ZooEntry {
  const { net, architecture, published } = options;
  return {
    name,
    task: IMAGENET,
    architecture,
    published,
    defaults: { width: 1, resolution: 224, classes: 1000, explicitPadding: false },
    stride: totalStride(net(1)),
    net: ({ width }) => net(width),
    build: (graph, settings) => invertedResidualNet(graph, net(settings.width), settings),
  };
}

function mbv2Baseline(
  size: { readonly width: number; readonly resolution: number },
  printed: Figures | null,
): ZooEntry {
  const { width, resolution } = size;
  return fixed(`mbv2-w${width}-r${resolution}`, {
    net: mobilenetV2(width, { narrowHead: true, ends: "logits" }),
    defaults: { resolution, classes: 1000 },
    architecture: `${MOBILENET_V2}; head scaled as MCUNet's baselines have it`,
    published: figures(printed, TINYML),
  });
}

function proxyless(target: ProxylessTarget, printed: Figures): ZooEntry {
  return scalable(`proxyless-${target}`, {
    net: (width) => proxylessNas(target, width),
    architecture: PROXYLESSNAS,
    published: figures(
      printed,
      "mit-han-lab/proxylessnas, README.md; parameters: osmr/imgclsmob, proxylessnas.py",
    ),
  });
}

type McunetName = keyof typeof mcunets;

function mcunet(name: McunetName, resolution: number, printed: Figures): ZooEntry {
  return fixed(name, {
    net: mcunets[name],
    defaults: { resolution, classes: 1000 },
    architecture: MCUNET,
    published: figures(printed, "mit-han-lab/mcunet, README.md"),
  });
}

function wakeWords(name: McunetName, resolution: number, printed: Figures): ZooEntry {
  const entry = mcunet(name, resolution, printed);
  return { ...entry, task: "Visual Wake Words", defaults: { ...entry.defaults, classes: 2 } };
}
