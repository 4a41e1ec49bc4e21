// What k3d's published JSON schema refuses of a configuration file.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const schema = JSON.parse(readFileSync(new URL('../fixtures/k3d/schema-v1alpha5.json', import.meta.url), 'utf8'));
const formats = {
  hostname: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i,
  ipv4: /^(\d{1,3}\.){3}\d{1,3}$/,
};
// The schema has a property named "additionalProperties" whose value is no schema but false, which draft 7 allows.
const validate = new Ajv({ allErrors: true, strict: false, formats }).compile(schema);

/** One line per complaint; none for a configuration that the schema allows. */
export const complaints = (config) =>
  validate(config)
    ? []
    : validate.errors.map(({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`);
