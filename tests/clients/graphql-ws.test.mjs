// graphql-ws: the protocol's own client, on the WebSocket that most of its users in Node have.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { CREATE, NOBODYS, PAUSE, SCHEDULE, SOCKET, WATCH, headersOf, input, soon, untilPublished } from "./support.mjs";

const connect = (connectionParams, more = {}) =>
  createClient({ url: SOCKET, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...more });

const ask = async (client, query, variables) => (await client.iterate({ query, variables }).next()).value;

let client;
const opened = [];

before(async () => {
  client = connect(await headersOf("alice"), { lazy: false, on: { connected: (socket) => opened.push(socket) } });
});

after(() => client.dispose());

test("a query and a mutation are answered", async () => {
  const { data } = await ask(client, CREATE, { input: input() });
  equal(data.createPost.post.status, "DRAFT");
  const answer = await ask(client, "query ($id: ID!) { post(id: $id) { id } }", { id: data.createPost.post.id });
  deepEqual(answer.data, { post: { id: data.createPost.post.id } });
  ok(answer.extensions.cost.remaining > 0);
});

test("an error has its code and its place", async () => {
  const { data, errors } = await ask(client, PAUSE, { id: NOBODYS });
  deepEqual([data, errors[0].extensions.code, errors[0].path], [{ pauseQueue: null }, "NOT_FOUND", ["pauseQueue"]]);
});

test("a document that cannot be parsed is an error of its own and leaves the connection alive", async () => {
  await rejects(ask(client, "{"), ([error]) => error.extensions.code === "BAD_REQUEST");
  await rejects(ask(client, "{ nothing }"), ([error]) => error.extensions.code === "BAD_REQUEST");
  deepEqual((await ask(client, "{ __typename }")).data, { __typename: "Query" });
  equal(opened.length, 1);
});

test("a subscription hears a post go out", async () => {
  const { id } = (await ask(client, CREATE, { input: input() })).data.createPost.post;
  const watching = untilPublished(client.iterate({ query: WATCH, variables: { post: id } }));
  await ask(client, SCHEDULE, { id, time: soon() });
  equal((await watching).at(-1), "PUBLISHED");
});

for (const [name, params] of [["no token", {}], ["a bad one", { Authorization: "Bearer a.b.c" }]]) {
  test(`whoever has ${name} is told 4403, and not let in`, async () => {
    const stranger = connect(params);
    await rejects(ask(stranger, "{ __typename }"), { code: 4403, reason: "Forbidden" });
  });
}
