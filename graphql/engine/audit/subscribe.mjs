// Usage: node subscribe.mjs <url of a GraphQL endpoint with the subscriptions count, wait and odd>
// Follows them with the reference client of GraphQL over SSE and fails where anything is not as it should be.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node subscribe.mjs <url>');
  process.exit(2);
}
const client = createClient({ url, retryAttempts: 0 });

async function all(query, variables, on = client) {
  const results = [];
  for await (const result of on.iterate({ query, variables })) results.push(result);
  return results;
}

assert.deepEqual(await all('subscription($n: Int) { count(to: $n) }', { n: 3 }), [1, 2, 3].map((count) => ({ data: { count } })));
assert.deepEqual(await all('{ hello }'), [{ data: { hello: 'wörld\nline' } }]);
assert.deepEqual(await all('mutation { set }'), [{ data: { set: 'done' } }]);

const odd = await all('subscription { odd(to: 2) }');
assert.equal(odd.length, 2);
assert.equal(odd[1].errors[0].extensions.code, 'toy.refused');

const [invalid, ...none] = await all('subscription { nothing }');
assert.equal(invalid.errors[0].extensions.code, 'graphql.validation');
assert.deepEqual(none, []);

const stranger = createClient({ url, retryAttempts: 0, headers: { authorization: 'bad' } });
await assert.rejects(all('subscription { wait }', {}, stranger), (err) => err.response.status === 401);

// One that waits is dropped by the client, after some pings.
const waiting = client.iterate({ query: 'subscription { wait(to: 1) }' });
assert.deepEqual(await waiting.next(), { done: false, value: { data: { wait: 1 } } });
await new Promise((soon) => setTimeout(soon, 100));
await waiting.return();

const many = await Promise.all(Array.from({ length: 50 }, () => all('subscription { count(to: 20) }')));
assert.ok(many.every((results) => results.length === 20));

client.dispose();
console.log('all as expected');
