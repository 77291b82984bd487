// GraphQL over HTTP: what the audits of its reference implementation find, every MUST, SHOULD and MAY of them.
import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";
import { API, headersOf } from "./support.mjs";

test("every audit is ok", async () => {
  const { Authorization } = await headersOf("alice"); // some ask for the schema, which wants a token
  const fetchFn = (url, options = {}) => fetch(url, { ...options, headers: { ...options.headers, Authorization } });
  const results = await Promise.all(serverAudits({ url: API, fetchFn }).map((audit) => audit.fn()));
  ok(results.length > 50);
  const faults = results.filter((one) => one.status !== "ok");
  deepEqual(faults.map((one) => `${one.status}: ${one.name}: ${one.reason}`), []);
});
