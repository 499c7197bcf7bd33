/**
 * Downloads an npm package by importing one of its modules, and gives the URL of another of its
 * files in Deno's cache. Packages that carry WebAssembly look for it next to a web page.
 *
 * @param entry Specifier of the module, `npm:name@version` or a file in it.
 * @param file Path within the package.
 */
export async function npmFile(entry: string, file: string): Promise<URL> {
  await import(entry);
  const [, name] = /^(npm:@?[^@]+@[^/]+)/.exec(entry)!;
  return new URL(import.meta.resolve(`${name}/${file}`));
}
