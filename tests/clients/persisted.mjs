// Apollo Client 3 and 4 and urql with persisted queries on, by POST and by GET: each gets its data, and what each sent for
// it is printed: the hash, the document, or both.
import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import apollo3 from "apollo3/core/core.cjs";
import persisted3 from "apollo3/link/persisted-queries/persisted-queries.cjs";

const { createPersistedQueryLink } = persisted3;
const { ADDRESS, TOKEN } = process.env;
const uri = `http://${ADDRESS}/graphql`;
const headers = { Authorization: TOKEN };
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

// A fetch that notes the method of each request, and what it names its document by.
const noting = (sent) => async (url, options) => {
  const params = new URL(url).searchParams;
  const parsed = () => ({ query: params.get("query"), extensions: JSON.parse(params.get("extensions")) });
  const asked = options.body ? JSON.parse(options.body) : parsed();
  sent.push([options.method, asked.extensions?.persistedQuery && "hash", asked.query && "document"].filter(Boolean).join(" "));
  return fetch(url, options);
};

const apollo = ({ ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql }, persisted) => async (query, byGet, fetch) => {
  const hashes = persisted({ sha256, useGETForHashedQueries: byGet });
  const link = ApolloLink.from([hashes, new HttpLink({ uri, headers, fetch })]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const ask = () => client.query({ query: gql(query), variables: { first: 1 }, fetchPolicy: "no-cache" });
  return [(await ask()).data, (await ask()).data];
};

const urql = async (query, byGet, fetch) => {
  const persisted = persistedExchange({ preferGetForPersistedQueries: byGet && "force" });
  const exchanges = [persisted, fetchExchange];
  const client = new Client({ url: uri, exchanges, fetch, fetchOptions: { headers }, preferGetMethod: false });
  const ask = () => client.query(query, { first: 1 }).toPromise();
  const answers = [await ask(), await ask()];
  deepEqual(answers.map(({ error }) => error), [undefined, undefined]);
  return answers.map(({ data }) => data);
};

const CLIENTS = {
  apollo3: apollo(apollo3, createPersistedQueryLink),
  apollo4: apollo({ ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql }, (options) => new PersistedQueryLink(options)),
  urql,
};

const all = {};
await Promise.all(
  Object.entries(CLIENTS).flatMap(([name, ask]) =>
    [false, true].map(async (byGet) => {
      const called = `${name}_${byGet ? "GET" : "POST"}`;
      const sent = (all[called] = []);
      const query = `query Of_${called}($first: Int) { posts(first: $first) { pageInfo { hasNextPage } } }`;
      for (const data of await ask(query, byGet, noting(sent))) equal(data.posts.pageInfo.hasNextPage, false);
    }),
  ),
);
console.log(JSON.stringify(all));
