// Usage: node audit.mjs <url of a GraphQL endpoint>
// Prints a line for each audit and fails if any is not passed.
import { auditServer } from 'graphql-http';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node audit.mjs <url>');
  process.exit(2);
}

const results = await auditServer({ url });
let passed = 0;
for (const { id, name, status, reason } of results) {
  if (status === 'ok') passed++;
  console.log(`${status.padEnd(6)} ${id} ${name}${reason ? `: ${reason}` : ''}`);
}
console.log(`${passed} of ${results.length} passed`);
process.exit(passed === results.length ? 0 : 1);
