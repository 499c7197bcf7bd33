import type { KernelCode, Statement, Value } from "./kernel.ts";

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
        return [line(`${name} += ${text(value.args[1])}`)];
      }
      return [line(`${name} = ${text(value)}`)];
    }
    case "call":
      return [line(`${statement.callee}(${statement.args.map(text).join(", ")})`)];
    case "store": {
      const { op, region, address, offsetBytes, value, lane } = statement;
      const what = text(value) + (lane === null ? "" : `.lane[${lane}]`);
      return [line(`${region.name}[${place(address, offsetBytes)}] = ${shortStore(op)}${what}`)];
    }
    case "if": {
      const then = [line(`if ${text(statement.condition)}:`), ...inner(statement.then)];
      if (statement.otherwise.length === 0) return then;
      return [...then, line("else:"), ...inner(statement.otherwise)];
    }
    case "for": {
      const { variable, from, until, step, body } = statement;
      const by = step === 1 ? "" : ` step ${step}`;
      return [
        line(`for ${variable.name} in ${text(from)}..${text(until)}${by}:`),
        ...inner(body),
      ];
    }
  }
}

const INFIX: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  and: "&",
  or: "|",
  xor: "^",
  shl: "<<",
  shr_s: ">>",
  shr_u: ">>>",
  lt_s: "<",
  lt_u: "<",
  gt_s: ">",
  gt_u: ">",
  ge_s: ">=",
  le_s: "<=",
  lt: "<",
  gt: ">",
  eq: "==",
  ne: "!=",
};

function text(value: Value): string {
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "bytes":
      return vectorText(value.bytes);
    case "local":
      return value.local.name;
    case "load":
      return `${value.region.name}.${value.op.split(".")[1]}[${
        place(value.address, value.offsetBytes)
      }]`;
    case "call":
      return `${value.callee}(${value.args.map(text).join(", ")})`;
    case "op": {
      const { op, args, lanes } = value;
      const [type, name] = op.split(".");
      if (op === "select") return `(${text(args[2])} ? ${text(args[0])} : ${text(args[1])})`;
      if (args.length === 2 && INFIX[name] !== undefined && /^[if]\d\d$/.test(type)) {
        return `(${text(args[0])} ${INFIX[name]} ${text(args[1])})`;
      }
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

function place(address: Value, offsetBytes: number): string {
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
