// SPDX-License-Identifier: Apache-2.0
// Checks manifests against Kubernetes' and the Prometheus operator's own
// descriptions: every field must exist and be of its type (by the TypeScript
// compiler, which refuses a field that isn't there), and every value must fit
// its schema.
//   node validate.mjs FILE...      multi-document YAML; "-": standard input
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import yaml from "js-yaml";

const here = dirname(fileURLToPath(import.meta.url));
const packages = { "monitoring.coreos.com": "@kubernetes-models/prometheus-operator/monitoring.coreos.com" };

function moduleOf({ apiVersion, kind }) {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const place = packages[group] ?? ["kubernetes-models", group].filter(Boolean).join("/");
  return `${place}/${version}/${kind}`;
}

const documents = process.argv.slice(2).flatMap((file) =>
  yaml.loadAll(readFileSync(file === "-" ? 0 : file, "utf8")).filter(Boolean));
if (documents.length === 0) throw new Error("no document to check");

let mistakes = 0;
for (const document of documents) {
  const name = `${document.kind} ${document.metadata?.name}`;
  try {
    const model = await import(moduleOf(document));
    new model[document.kind](document).validate();
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    mistakes++;
  }
}

const place = mkdtempSync(join(here, "check-"));
try {
  const source = documents.map((document, number) =>
    `import { I${document.kind} as T${number} } from "${moduleOf(document)}";\n` +
    `export const document${number}: T${number} = ${JSON.stringify(document, null, 1)};\n`);
  const file = join(place, "manifests.ts");
  writeFileSync(file, source.join(""));
  execFileSync(process.execPath, [
    join(here, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck",
    "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", file,
  ], { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
} catch (error) {
  console.error(error.stdout ?? error.message);
  mistakes++;
} finally {
  rmSync(place, { recursive: true });
}
if (mistakes > 0) process.exit(1);
console.log(`${documents.length} manifests: nothing to say`);
