// What the story's tabs hand on to each other, so that each runs as it stands and nobody has to copy an id.
//
// Before a tab's operation is sent, its variables are filled in and shown; what comes back is remembered.
// An operation under any other name is sent as it is.

import { FILLED_IN, operations, queue, texts } from "./tabs.js";

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;
const HALF_A_MINUTE = 30_000;
const TEN_SECONDS = 10_000;
const A_DAY = 86_400_000;
const A_YEAR = 365 * A_DAY;

// `send(params, options)` asks the server. `show(variables)` and `tell(words, due)` are the page's: they put variables
// into the editor, and a line into the bar (with the time, in milliseconds, at which something falls due).
export function createStory(send, show, tell) {
  const ours = new Set(); // the posts that this page wrote
  let waiting = null; // the last of them, until it is in a queue
  let due = 0; // when the queue that was made last falls due
  let steered = {}; // what this page put into the variables of the last tab

  const fillings = {
    WriteAPost: (given) => ({ ...given, x: withTime(given.x), linkedin: withTime(given.linkedin) }),
    QueueIt: async (given, options) => ({
      ...given,
      post: ID.test(given.post) && !ours.has(given.post) ? given.post : (waiting ?? (await aPost(options))),
      firstTime: stillAhead(given.firstTime) ?? ahead(HALF_A_MINUTE),
      timezone: given.timezone === FILLED_IN ? Intl.DateTimeFormat().resolvedOptions().timeZone : given.timezone,
    }),
    WatchItGoOut: async (given, options) => {
      if (due < Date.now()) await ask("QueueIt", { ...queue, firstTime: ahead(TEN_SECONDS) }, options);
      return given;
    },
    KnowAhead: (given) => ({ ...given, until: stillAhead(given.until) ?? ahead(A_YEAR) }),
    Steer: async (given, options) => {
      const isTheirs = ([name, value]) => value !== FILLED_IN && value !== steered[name];
      const theirs = Object.fromEntries(Object.entries(given).filter(isTheirs));
      const queue = theirs.queue ?? (await aQueue(options));
      const [first, second] = await firstTimes(queue, options);
      const to = new Date(Date.parse(theirs.second ?? second) + A_DAY).toISOString();
      steered = { queue: theirs.queue ? null : queue, first, second, to, until: ahead(7 * A_DAY), key: `run-${Date.now()}` };
      return { ...steered, ...theirs };
    },
  };

  const lessons = {
    WriteAPost({ createPost }) {
      waiting = createPost.post.id;
      ours.add(waiting);
      tell("The post is written. QueueIt puts it into a queue.");
    },
    QueueIt({ createQueue }) {
      waiting = null;
      due = Date.parse(createQueue.queue.nextScheduledTime);
      tell("WatchItGoOut shows what becomes of it.", due);
    },
  };

  async function run({ variables = {}, ...params }, options, present = show) {
    const filled = await fillings[params.operationName]?.(variables, options);
    if (filled && Object.keys(filled).length > 0) present(filled);
    const answer = await send({ ...params, variables: filled ?? variables }, options);
    if (answer.data && !answer.errors) lessons[params.operationName]?.(answer.data);
    return answer;
  }

  // Runs another tab's operation, where one needs what only that can give.
  async function ask(operationName, variables, options) {
    dataOf(operationName, await run({ operationName, query: operations[operationName], variables }, options, () => {}));
  }

  async function aPost(options) {
    await ask("WriteAPost", texts, options);
    return waiting;
  }

  // A queue that is no part of the story: nothing waits for it, and its text is a new one.
  async function aQueue(options) {
    const text = { x: withTime(texts.x), linkedin: withTime(texts.linkedin) };
    const { createPost } = await dataOfSent("WriteAPost", text, options);
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const made = { post: createPost.post.id, name: "Steered", firstTime: ahead(A_DAY), timezone: timeZone };
    return (await dataOfSent("QueueIt", made, options)).createQueue.queue.id;
  }

  async function firstTimes(queue, options) {
    const found = (await dataOfSent("FirstTimes", { queue }, options)).queue?.upcoming ?? [];
    if (found.length < 2) throw new Error("The queue in Variables has no two occurrences ahead: put the id of another one there.");
    return found.map((one) => one.scheduledTime);
  }

  async function dataOfSent(operationName, variables, options) {
    return dataOf(operationName, await send({ operationName, query: operations[operationName], variables }, options));
  }

  return run;
}

function dataOf(operationName, answer) {
  if (answer.errors) throw new Error(`${operationName} was run first, and failed: ${answer.errors[0].message}`);
  return answer.data;
}

function withTime(text) {
  return text?.replace(/\d\d:\d\d:\d\d/, new Date().toTimeString().slice(0, 8));
}

// The time, if it is one that is not past.
function stillAhead(time) {
  return Date.parse(time) > Date.now() ? time : undefined;
}

function ahead(milliseconds) {
  return new Date(Date.now() + milliseconds).toISOString();
}
