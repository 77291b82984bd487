// What the explorer opens with. Each tab's operation is known to the story by its name.

import connect from "./tabs/1-connect.graphql?raw";
import writeAPost from "./tabs/2-write-a-post.graphql?raw";
import queueIt from "./tabs/3-queue-it.graphql?raw";
import watchItGoOut from "./tabs/4-watch-it-go-out.graphql?raw";
import readTheLedger from "./tabs/5-read-the-ledger.graphql?raw";
import knowAhead from "./tabs/6-know-ahead.graphql?raw";
import production from "./tabs/production.graphql?raw";

export const FILLED_IN = "filled in at each run";

export const texts = {
  x: "Water your perennials before noon. 🌱 Written at 00:00:00.",
  linkedin:
    "Water your perennials before noon.\n\nThe leaves dry in the sun, and the roots keep what they were given." +
    "\n\nWritten at 00:00:00.",
};

export const queue = { post: FILLED_IN, name: "Gardening tips", firstTime: FILLED_IN, timezone: FILLED_IN };

export const operations = { WriteAPost: writeAPost, QueueIt: queueIt };

export const storyTabs = [
  { query: connect },
  { query: writeAPost, variables: pretty(texts) },
  { query: queueIt, variables: pretty(queue) },
  { query: watchItGoOut },
  { query: readTheLedger },
  { query: knowAhead, variables: pretty({ until: FILLED_IN }) },
];

export const productionTabs = [{ query: production }];

export function pretty(value) {
  return JSON.stringify(value, null, 2);
}
