// graphql-ws before a server that lets it in later: it is told to try again (1013), does so by itself, and then hears.
import { deepEqual } from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { ADDRESS, TOKEN } = process.env;
const closed = [];
const client = createClient({
  url: `ws://${ADDRESS}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: TOKEN },
  retryAttempts: 100,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  on: {
    closed: ({ code }) => {
      closed.push(code);
      console.log(`closed ${code}`);
    },
  },
});
const { value } = await client.iterate({ query: "{ accounts { id } }" }).next();
deepEqual(value.data, { accounts: [] });
deepEqual([...new Set(closed)], [1013]);
await client.dispose();
console.log("heard");
