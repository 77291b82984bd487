// What an app with Relay is made of: fragments that are fetched again by their object's id, pages that are fetched on, and
// changes that find their place in them.
import { graphql } from "relay-runtime";

export const post = graphql`
  fragment garden_post on Post @refetchable(queryName: "gardenPostRefetchQuery") {
    status
    publications {
      platform
      status
      url
    }
  }
`;

export const queue = graphql`
  fragment garden_queue on RecurringQueue
  @refetchable(queryName: "gardenQueueRefetchQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    status
    nextScheduledTime
    executions(first: $count, after: $cursor) @connection(key: "garden_executions") {
      edges {
        node {
          outcome
          post {
            ...garden_post
          }
        }
      }
    }
  }
`;

export const posts = graphql`
  fragment garden_posts on Query
  @refetchable(queryName: "gardenPostsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    posts(first: $count, after: $cursor) @connection(key: "garden_posts") {
      edges {
        node {
          ...garden_post
        }
      }
    }
  }
`;

export const queues = graphql`
  fragment garden_queues on Query
  @refetchable(queryName: "gardenQueuesPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    queues(status: ACTIVE, first: $count, after: $cursor) @connection(key: "garden_queues", filters: ["status"]) {
      edges {
        node {
          ...garden_queue
        }
      }
    }
  }
`;

export const page = graphql`
  query gardenPageQuery($id: ID!) {
    ...garden_posts
    ...garden_queues
    node(id: $id) {
      __typename
      ...garden_post @alias(as: "post")
    }
  }
`;

export const create = graphql`
  mutation gardenCreateMutation($input: CreatePostInput!, $connections: [ID!]!) {
    createPost(input: $input) {
      post @prependNode(connections: $connections, edgeTypeName: "PostEdge") {
        ...garden_post
      }
    }
  }
`;

export const remove = graphql`
  mutation gardenDeleteMutation($id: ID!, $connections: [ID!]!) {
    deletePost(input: { id: $id }) {
      deletedId @deleteRecord @deleteEdge(connections: $connections)
    }
  }
`;

export const pause = graphql`
  mutation gardenPauseMutation($id: ID!) @raw_response_type {
    pauseQueue(input: { id: $id }) {
      queue {
        ...garden_queue
      }
    }
  }
`;

export const heard = graphql`
  subscription gardenHeardSubscription {
    publicationUpdated {
      status
      errorMessage
    }
  }
`;
