// gql.tada reads the types of documents from the schema alone: each line below that should not compile does not.
import { type FragmentOf, type ResultOf, type VariablesOf, initGraphQLTada, readFragment } from "gql.tada";
import type { introspection } from "./graphql-env.js";

const graphql = initGraphQLTada<{ introspection: introspection; scalars: { DateTime: string } }>();

export const post = graphql(`
  fragment OnePost on Post {
    id
    status
    createdAt
    publications {
      platform
      status
    }
  }
`);

export const page = graphql(
  `
    query Page($after: String) {
      posts(first: 10, after: $after) {
        nodes {
          ...OnePost
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [post],
);

export const create = graphql(
  `
    mutation Create($input: CreatePostInput!) {
      createPost(input: $input) {
        post {
          ...OnePost
        }
      }
    }
  `,
  [post],
);

export const input: VariablesOf<typeof create> = { input: { publications: [{ platform: "X", content: "Hello" }] } };

// @ts-expect-error A text belongs to a platform that there is.
export const elsewhere: VariablesOf<typeof create> = { input: { publications: [{ platform: "FAX", content: "Hello" }] } };

export const platforms = (one: FragmentOf<typeof post>): ("X" | "LINKEDIN")[] =>
  readFragment(post, one).publications.map(({ platform }) => platform);

export const made = (one: FragmentOf<typeof post>): string => readFragment(post, one).createdAt;

export const next = ({ posts }: ResultOf<typeof page>): string | null => posts.pageInfo.endCursor;

// @ts-expect-error A payload may be null.
export const unrefused = ({ createPost }: ResultOf<typeof create>) => createPost.post;
