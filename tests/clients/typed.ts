// What graphql-codegen makes of the schema is as exact as the schema: each line below that should not compile does not.
import type {
  CreatePostMutation,
  CreatePostMutationVariables,
  CreateQueueInput,
  PostQuery,
  PublicationStatus,
  UpdateQueueInput,
} from "./operations.js";
import type { Post } from "./types.js";

export const variables: CreatePostMutationVariables = {
  input: { publications: [{ platform: "X", content: "Hello" }] },
};

// @ts-expect-error A text belongs to a platform that there is.
export const elsewhere: CreatePostMutationVariables = { input: { publications: [{ platform: "FAX", content: "Hello" }] } };

// @ts-expect-error A queue has a first time.
export const timeless: CreateQueueInput = { originalPostId: "1", interval: 7 };

// What is left out of a change stays as it is, and null is a value of its own.
export const changes: UpdateQueueInput[] = [{ id: "1" }, { id: "1", maxExecutions: null }, { id: "1", interval: 14 }];

// @ts-expect-error A change is of a queue.
export const nobodys: UpdateQueueInput = { interval: 14 };

// A refusal makes the payload null, whatever else the document asked for.
export const written = ({ createPost }: CreatePostMutation): string | undefined => createPost?.post.id;

// @ts-expect-error A payload may be null.
export const unrefused = ({ createPost }: CreatePostMutation): string => createPost.post.id;

// A post that there is not is null; what was not asked for is not there.
export const statuses = ({ post }: PostQuery): PublicationStatus[] => post?.publications.map(({ status }) => status) ?? [];

// @ts-expect-error A post may be null.
export const unsafe = ({ post }: PostQuery): string => post.status;

// @ts-expect-error The time was not asked for.
export const unasked = ({ post }: PostQuery) => post?.createdAt;

export const made = ({ createdAt, clonedFromId }: Post): [string, string | null | undefined] => [createdAt, clonedFromId];
