/** The colours of the text and lines around the data, and of texts that stand on colours. */
export const ink = {
  strong: "#1f2933",
  soft: "#52606d",
  line: "#e4e8ec",
  /** Limits. */
  alert: "#b54708",
  /** On bright colours, in light and dark. */
  onBright: "#0d1116",
  /** On deep colours, in light and dark. */
  onDeep: "#ffffff",
};

/** Grounds: of the page, of a plot that has one, of what is there but not in question. */
export const paper = { page: "white", plot: "#f7f8fa", quiet: "#b9cfe0" };

/** Colours that the colour-blind can tell apart (Okabe and Ito, 2008), the most distinct first. */
export const palette: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#7f7f7f",
  "#000000",
];

/** What stands for a colour of a light page on a dark one; the others are right on both. */
export const darkColors: Readonly<Record<string, string>> = {
  [ink.strong]: "#e6eaee",
  [ink.soft]: "#a3aeb9",
  [ink.line]: "#343d47",
  [ink.alert]: "#ff9d5c",
  [paper.page]: "#14181d",
  [paper.plot]: "#1c2229",
  [paper.quiet]: "#3d566e",
  "#000000": "#dfe4e8",
};

/** The color of a text on a ground: the one with more contrast, by relative luminance (WCAG 2). */
export function inkOn(color: string): string {
  const channels = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
  // Where 1.05 / (l + 0.05) and (l + 0.05) / 0.0555, the contrasts of both inks, are equal.
  return luminance < 0.191 ? ink.onDeep : ink.onBright;
}

/** Operators that most networks are made of; each has a colour of its own, the same in all charts. */
const operatorColors: Readonly<Record<string, string>> = {
  CONV_2D: "#0072b2",
  DEPTHWISE_CONV_2D: "#d55e00",
  FULLY_CONNECTED: "#009e73",
  ADD: "#cc79a7",
  AVERAGE_POOL_2D: "#e69f00",
  MAX_POOL_2D: "#f0c94a",
  SOFTMAX: "#56b4e9",
  SEGMENT: "#7b61c4",
  PAD: "#a0703c",
  RESHAPE: "#7f7f7f",
  MEAN: "#b8860b",
  MUL: "#e29fc6",
  CONCATENATION: "#5c8a8a",
  TRANSPOSE_CONV: "#3f8fd0",
  SVDF: "#35b89a",
  UNIDIRECTIONAL_SEQUENCE_LSTM: "#1f7a5a",
  BATCH_MATMUL: "#4caf6d",
};

/** Of all others, one after the letters of the name. */
const otherColors = ["#8a949e", "#9c8f6a", "#7d8fb3", "#a07c92", "#6f9a8d", "#b08968", "#8c7fb0"];

/** The colour of an operator, in every chart. */
export function operatorColor(name: string): string {
  if (Object.hasOwn(operatorColors, name)) return operatorColors[name];
  const sum = [...name].reduce((hash, letter) => (31 * hash + letter.charCodeAt(0)) >>> 0, 7);
  return otherColors[sum % otherColors.length];
}

/** The colour of what others are measured against. */
export const neutral = "#8a949e";
