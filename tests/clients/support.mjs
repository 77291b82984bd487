// What all of these tests begin with: a running server, named by ADDRESS (host and port), and somebody with a token.
import { randomUUID } from "node:crypto";

export const { ADDRESS } = process.env;
export const API = `http://${ADDRESS}/graphql`;
export const SOCKET = `ws://${ADDRESS}/graphql`;

export const tokenOf = async (user) => {
  const answer = await fetch(`http://${ADDRESS}/sandbox/token`, { method: "POST", body: JSON.stringify({ user }) });
  return (await answer.json()).token;
};

export const headersOf = async (user) => ({ Authorization: `Bearer ${await tokenOf(user)}` });

// An instant that is about to come.
export const soon = (seconds = 2) => new Date(Date.now() + seconds * 1000).toISOString();

// A text that no platform had before.
export const input = () => ({ publications: [{ platform: "X", content: `Hello ${randomUUID()}` }] });

export const CREATE = "mutation Create($input: CreatePostInput!) { createPost(input: $input) { post { id status } } }";
export const SCHEDULE =
  "mutation Schedule($id: ID!, $time: DateTime!) { schedulePost(input: {id: $id, scheduledTime: $time}) { post { id status } } }";
export const WATCH = "subscription Watch($post: ID) { publicationUpdated(postId: $post) { id status } }";
export const POSTS =
  "query Posts($after: String) { posts(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
export const PAUSE = "mutation Pause($id: ID!) { pauseQueue(input: {id: $id}) { queue { id } } }";

export const NOBODYS = "00000000-0000-0000-0000-000000000000";

// The states that a subscription to WATCH tells of.
export const untilPublished = async (results) => {
  const heard = [];
  for await (const { data } of results) {
    heard.push(data.publicationUpdated.status);
    if (heard.at(-1) === "PUBLISHED") break;
  }
  return heard;
};
