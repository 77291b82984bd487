// What the explorer opens with. Each tab's operation is known to the story by its name.

import connect from "./tabs/1-connect.graphql?raw";
import writeAPost from "./tabs/2-write-a-post.graphql?raw";
import queueIt from "./tabs/3-queue-it.graphql?raw";
import watchItGoOut from "./tabs/4-watch-it-go-out.graphql?raw";
import readTheLedger from "./tabs/5-read-the-ledger.graphql?raw";
import knowAhead from "./tabs/6-know-ahead.graphql?raw";
import steer from "./tabs/7-steer.graphql?raw";
import production from "./tabs/production.graphql?raw";

export const FILLED_IN = "filled in at each run";

export const texts = {
  x: "Water your perennials before noon. 🌱 Written at 00:00:00.",
  linkedin:
    "Water your perennials before noon.\n\nThe leaves dry in the sun, and the roots keep what they were given." +
    "\n\nWritten at 00:00:00.",
};

export const queue = { post: FILLED_IN, name: "Gardening tips", firstTime: FILLED_IN, timezone: FILLED_IN };

export const steering = {
  queue: FILLED_IN,
  first: FILLED_IN,
  second: FILLED_IN,
  to: FILLED_IN,
  until: FILLED_IN,
  key: FILLED_IN,
};

// What the first occurrences of a queue are called, which the last tab steers.
const firstTimes = "query FirstTimes($queue: ID!) { queue(id: $queue) { upcoming(first: 2) { scheduledTime } } }";

export const operations = { WriteAPost: writeAPost, QueueIt: queueIt, FirstTimes: firstTimes };

export const storyTabs = [
  { query: connect },
  { query: writeAPost, variables: pretty(texts) },
  { query: queueIt, variables: pretty(queue) },
  { query: watchItGoOut },
  { query: readTheLedger },
  { query: knowAhead, variables: pretty({ until: FILLED_IN }) },
  { query: steer, variables: pretty(steering) },
];

export const productionTabs = [{ query: production }];

export function pretty(value) {
  return JSON.stringify(value, null, 2);
}
