// SPDX-License-Identifier: Apache-2.0
// Checks compose files against the schema of the Compose Specification, in which
// no field is allowed that isn't there.
//   node validate.mjs FILE...
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import yaml from "js-yaml";

const text = readFileSync(new URL("node_modules/dclint/schemas/compose.schema.json", import.meta.url), "utf8");
const schema = JSON.parse(text);
// Newer drafts have all that is used of the older one.
delete schema.$schema;
const check = new Ajv({ allErrors: true, strict: false })
  .compile(schema);

let mistakes = 0;
for (const file of process.argv.slice(2)) {
  if (check(yaml.load(readFileSync(file, "utf8")))) {
    console.log(`${file}: nothing to say`);
    continue;
  }
  for (const { instancePath, message, params } of check.errors) {
    console.error(`${file}: ${instancePath} ${message} ${JSON.stringify(params)}`);
  }
  mistakes++;
}
process.exit(mistakes > 0 ? 1 : 0);
