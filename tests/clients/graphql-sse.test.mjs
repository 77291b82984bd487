// graphql-sse: each operation on a connection of its own.
import { deepEqual, equal } from "node:assert/strict";
import { before, test } from "node:test";
import { createClient } from "graphql-sse";
import { API, CREATE, NOBODYS, PAUSE, SCHEDULE, WATCH, headersOf, input, soon, untilPublished } from "./support.mjs";

let client;

before(async () => {
  client = createClient({ url: API, headers: await headersOf("alice"), retryAttempts: 0 });
});

const ask = async (query, variables) => (await client.iterate({ query, variables }).next()).value;

test("a query, a mutation and an error are answered as events", async () => {
  deepEqual((await ask("{ __typename }")).data, { __typename: "Query" });
  equal((await ask(CREATE, { input: input() })).data.createPost.post.status, "DRAFT");
  equal((await ask(PAUSE, { id: NOBODYS })).errors[0].extensions.code, "NOT_FOUND");
});

test("a subscription hears a post go out", async () => {
  const { id } = (await ask(CREATE, { input: input() })).data.createPost.post;
  const watching = untilPublished(client.iterate({ query: WATCH, variables: { post: id } }));
  await ask(SCHEDULE, { id, time: soon() });
  equal((await watching).at(-1), "PUBLISHED");
});

test("without a token the stream says so and ends", async () => {
  const stranger = createClient({ url: API, retryAttempts: 0 });
  const results = [];
  for await (const result of stranger.iterate({ query: WATCH })) results.push(result);
  deepEqual(results.map(({ errors }) => errors[0].extensions.code), ["UNAUTHENTICATED"]);
});
