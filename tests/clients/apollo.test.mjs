// Apollo Client: queries and mutations over HTTP, subscriptions over graphql-ws, pages in its cache.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import { filter, firstValueFrom, tap } from "rxjs";
import WebSocket from "ws";
import { API, CREATE, NOBODYS, PAUSE, SCHEDULE, SOCKET, WATCH, headersOf, input, soon } from "./support.mjs";

const PAGES = gql`
  query Pages($after: String) {
    posts(first: 2, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } }
  }
`;

let client, socket, limits;

before(async () => {
  const headers = await headersOf("bob");
  socket = createClient({ url: SOCKET, webSocketImpl: WebSocket, connectionParams: headers });
  const seen = new ApolloLink((operation, forward) =>
    forward(operation).pipe(tap(() => (limits = operation.getContext().response.headers))),
  );
  client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === "subscription",
      new GraphQLWsLink(socket),
      ApolloLink.from([seen, new HttpLink({ uri: API, headers })]),
    ),
    cache: new InMemoryCache({ typePolicies: { Query: { fields: { posts: relayStylePagination() } } } }),
  });
});

after(() => socket.dispose());

const write = async () => {
  const { data } = await client.mutate({ mutation: gql(CREATE), variables: { input: input() } });
  return data.createPost.post.id;
};

test("pages are fetched one after the other, newest first, and joined in the cache", async () => {
  const written = [];
  for (let i = 0; i < 5; i++) written.unshift(await write());
  const pages = client.watchQuery({ query: PAGES });
  const listening = pages.subscribe(() => {});
  let { posts } = (await client.query({ query: PAGES })).data;
  while (posts.pageInfo.hasNextPage) {
    posts = (await pages.fetchMore({ variables: { after: posts.pageInfo.endCursor } })).data.posts;
  }
  const joined = client.readQuery({ query: PAGES }).posts.edges.map(({ node }) => node.id);
  listening.unsubscribe();
  deepEqual(joined.slice(0, 5), written);
  equal(new Set(joined).size, joined.length);
});

test("an error has its code", async () => {
  const code = (wanted) => (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === wanted;
  await rejects(client.mutate({ mutation: gql(PAUSE), variables: { id: NOBODYS } }), code("NOT_FOUND"));
  await rejects(client.query({ query: gql("{ nothing }") }), code("BAD_REQUEST"));
  const stranger = new ApolloClient({ link: new HttpLink({ uri: API }), cache: new InMemoryCache() });
  await rejects(stranger.query({ query: gql("{ accounts { id } }") }), code("UNAUTHENTICATED"));
});

test("what is left of the minute's points is in the headers", async () => {
  const left = async () => {
    await client.query({ query: gql("{ __typename }"), fetchPolicy: "network-only" });
    return Number(limits.get("ratelimit-remaining"));
  };
  const now = await left();
  const then = await left();
  ok(then < now || then > 59_000, "less, or a new minute");
  equal(limits.get("ratelimit-limit"), "60000");
  ok(Number(limits.get("ratelimit-reset")) <= 60);
});

test("a subscription hears a post go out", async () => {
  const id = await write();
  const news = client.subscribe({ query: gql(WATCH), variables: { post: id } });
  const published = firstValueFrom(news.pipe(filter(({ data }) => data.publicationUpdated.status === "PUBLISHED")));
  await client.mutate({ mutation: gql(SCHEDULE), variables: { id, time: soon() } });
  equal((await published).error, undefined);
});
