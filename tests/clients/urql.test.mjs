// urql: everything through `fetch`, subscriptions as server-sent events too.
import { deepEqual, equal } from "node:assert/strict";
import { before, test } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import { API, CREATE, NOBODYS, PAUSE, POSTS, SCHEDULE, WATCH, headersOf, input, soon } from "./support.mjs";

let client;

before(async () => {
  const headers = await headersOf("alice");
  client = new Client({ url: API, exchanges: [fetchExchange], fetchOptions: { headers }, fetchSubscriptions: true });
});

test("a mutation is a POST, and a query may be a GET", async () => {
  const { data } = await client.mutation(CREATE, { input: input() });
  equal(data.createPost.post.status, "DRAFT");
  for (const preferGetMethod of ["force", false]) {
    const { operation, data, error } = await client.query(POSTS, {}, { preferGetMethod });
    deepEqual([error, data.posts.nodes.length > 0], [undefined, true]);
    equal(operation.context.preferGetMethod, preferGetMethod);
  }
});

test("an error has its code", async () => {
  const { error } = await client.mutation(PAUSE, { id: NOBODYS });
  equal(error.graphQLErrors[0].extensions.code, "NOT_FOUND");
  const invalid = await client.query("{ nothing }", {});
  equal(invalid.error.graphQLErrors[0].extensions.code, "BAD_REQUEST");
});

test("a subscription hears a post go out", async () => {
  const { id } = (await client.mutation(CREATE, { input: input() })).data.createPost.post;
  const published = new Promise((resolve) => {
    // It is not let go again: in Node, urql leaves an unhandled rejection behind when that is done.
    client.subscription(WATCH, { post: id }).subscribe(({ data, error }) => {
      if (error || data.publicationUpdated.status === "PUBLISHED") resolve(error);
    });
  });
  await client.mutation(SCHEDULE, { id, time: soon() });
  equal(await published, undefined);
});
