import { instructions } from "./instructions.ts";
import type { KernelCode, Place, Statement, Value } from "./kernel.ts";
import { constant } from "./values.ts";

/** A kernel as pseudo-code, as it runs: every loop, variable and vector instruction. */
export function printKernel(kernel: KernelCode): string {
  const parameters = kernel.parameters.map(({ name }) => name).join(", ");
  const lines = [
    `${kernel.name}(${parameters}):`,
    ...kernel.body.flatMap((each) => lineOf(each, 1)),
  ];
  if (kernel.returns !== null) lines.push(`${indent(1)}return ${text(kernel.returns)}`);
  return lines.join("\n");
}

function lineOf(statement: Statement, depth: number): string[] {
  const inner = (body: readonly Statement[]) => body.flatMap((each) => lineOf(each, depth + 1));
  const line = (content: string) => indent(depth) + content;
  switch (statement.kind) {
    case "remark":
      return [line(`# ${statement.text}`)];
    case "set": {
      const { local: { name }, value } = statement;
      if (value.kind === "op" && value.op === "i32.add" && isLocal(value.args[0], name)) {
        return [line(`${name} ${changeText(value.args[1])}`)];
      }
      return [line(`${name} = ${text(value)}`)];
    }
    case "call":
      return [line(`${statement.callee}(${statement.args.map(text).join(", ")})`)];
    case "barrier":
      return [line(`wait for ${text(statement.threads)} threads`)];
    case "store": {
      const { op, place, value, lane } = statement;
      const what = text(value) + (lane === null ? "" : `.lane[${lane}]`);
      return [line(`${place.region.name}[${placeText(place)}] = ${shortStore(op)}${what}`)];
    }
    case "if": {
      const then = [line(`if ${text(statement.condition)}:`), ...inner(statement.then)];
      if (statement.otherwise.length === 0) return then;
      return [...then, line("else:"), ...inner(statement.otherwise)];
    }
    case "for": {
      const { variable, from, until, step, body } = statement;
      const by = step === 1 ? "" : ` step ${step}`;
      if (isLocal(from, variable.name)) {
        const sign = step >= 0 ? "<" : ">";
        return [
          line(`while ${variable.name} ${sign} ${text(until)}:`),
          ...inner(body),
          ...step === 0
            ? []
            : [indent(depth + 1) + `${variable.name} ${changeText(constant(step))}`],
        ];
      }
      return [
        line(`for ${variable.name} in ${text(from)}..${text(until)}${by}:`),
        ...inner(body),
      ];
    }
  }
}

function changeText(value: Value): string {
  return value.kind === "constant" && value.value < 0 ? `-= ${-value.value}` : `+= ${text(value)}`;
}

function text(value: Value): string {
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "bytes":
      return vectorText(value.bytes);
    case "local":
      return value.local.name;
    case "load":
      return `${value.place.region.name}.${value.op.split(".")[1]}[${placeText(value.place)}]`;
    case "address":
      return value.offsetBytes === 0
        ? value.region.name
        : `(${value.region.name} + ${value.offsetBytes})`;
    case "if":
      return `(${text(value.condition)} ? ${text(value.then)} : ${text(value.otherwise)})`;
    case "call":
      return `${value.callee}(${value.args.map(text).join(", ")})`;
    case "op": {
      const { op, args, lanes } = value;
      const { sign } = instructions[op];
      if (op === "select") return `(${text(args[2])} ? ${text(args[0])} : ${text(args[1])})`;
      if (sign !== null) return `(${text(args[0])} ${sign} ${text(args[1])})`;
      const immediate = lanes.length === 0 ? "" : `<${lanes.join(" ")}>`;
      return `${op}${immediate}(${args.map(text).join(", ")})`;
    }
  }
}

function vectorText(bytes: Uint8Array): string {
  const words = Array.from(new Int32Array(bytes.slice().buffer));
  return words.every((word) => word === words[0])
    ? `splat(${words[0]})`
    : `vector(${words.join(" ")})`;
}

/** The pointer, or the index, without the region's name where that goes without saying. */
function placeText({ region, address, offsetBytes }: Place): string {
  const isStart = address.kind === "address" && address.region === region;
  if (isStart) return String(address.offsetBytes + offsetBytes);
  return offsetBytes === 0 ? text(address) : `${text(address)} + ${offsetBytes}`;
}

function shortStore(op: string): string {
  const name = op.split(".")[1];
  return name === "store" ? "" : `${name.replace(/_lane$/, "")} `;
}

function isLocal(value: Value, name: string): boolean {
  return value.kind === "local" && value.local.name === name;
}

function indent(depth: number): string {
  return "  ".repeat(depth);
}
