
// Asks every second what is new, of the sandbox for its posts and of Perennial for their queues, and shows it.
// Both answer 304 as long as nothing is. Alone, the sandbox knows no queues: the page then does without.

const SHOWN = 100;
const POLL_MS = 1000;
const PATIENCE_MS = 8000;

const entries = new Map(); // by the post's id
const tags = new Map(); // what was answered last, by question
const wanted = { platform: "", user: "", queue: "" };
let posts = [];
let postsOf = ""; // whose these are; nobody's name: everybody's
let people = []; // those who have posts
let total = 0;
let told = { posts: {}, queues: {}, coming: [] };
let alone = false;
let firstRound = true;
let wake = () => {};

async function run() {
  for (;;) {
    if (!document.hidden) await round();
    await new Promise((done) => {
      wake = done;
      setTimeout(done, POLL_MS);
    });
  }
}

async function round() {
  try {
    const news = await askForPosts();
    const moreNews = await askForOrigins();
    if (news || moreNews) show();
    await askForYears(moreNews);
    tellState(true);
  } catch {
    tags.clear(); // what came before the connection broke may not have been shown
    tellState(false);
  }
}

async function askForPosts() {
  const { user } = wanted;
  const news = await ask("posts", `./posts?${new URLSearchParams({ limit: SHOWN, user })}`);
  if (!news) return false;
  posts = await news.json();
  total = Number(news.headers.get("X-Total-Count"));
  if (user !== postsOf) firstRound = true; // in another list nothing has just arrived
  postsOf = user;
  const named = await ask("users", "./users");
  if (named) people = await named.json();
  return true;
}

// The answer, or nothing where it is the one that was given last.
async function ask(question, address) {
  const headers = tags.has(question) ? { "If-None-Match": tags.get(question) } : {};
  const response = await fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (response.status === 304) return null;
  if (!response.ok) throw new Error(String(response.status), { cause: response.status });
  tags.set(question, response.headers.get("ETag"));
  return response;
}

async function askForOrigins() {
  if (alone) return false;
  try {
    const asked = posts.map((post) => ["id", post.id]);
    if (wanted.user) asked.push(["user", wanted.user]);
    const news = await ask("origins", `./origins?${new URLSearchParams(asked)}`);
    if (news) told = await news.json();
    return Boolean(news);
  } catch (error) {
    if (error.cause === undefined) throw error;
    alone = error.cause === 404;
    return alone; // else its database is away: what it said before still stands
  }
}

function show() {
  const ids = new Set(posts.map((post) => post.id));
  for (const [id, entry] of entries) if (!ids.has(id)) { entry.remove(); entries.delete(id); }
  const fresh = posts.filter((post) => !entries.has(post.id));
  let older = null;
  for (const post of posts.slice().reverse()) older = place(post, older);
  document.body.classList.toggle("alone", alone);
  tellUsers();
  applyFilter();
  if (!firstRound) tellNews(fresh.filter(isWanted));
  firstRound = false;
}

// The entry of a post, put before the next older one. One that stands there already is left where it is.
function place(post, older) {
  let entry = entries.get(post.id);
  if (!entry) {
    entry = newEntry(post);
    if (!firstRound && isWanted(post)) arrive(entry);
    entries.set(post.id, entry);
    byId("feed").insertBefore(entry, older);
  }
  tellOrigin(entry, told.posts[post.id], told.queues);
  return entry;
}

function isWanted(post) {
  const { platform, user, queue } = wanted;
  return (!platform || post.platform === platform) && (!user || post.user === user)
    && (!queue || told.posts[post.id]?.queue === queue);
}

function isWantedNext(one) {
  const { platform, user, queue } = wanted;
  return (!platform || one.platforms.includes(platform)) && (!user || one.user === user) && (!queue || one.queue === queue);
}

function applyFilter() {
  let visible = 0;
  for (const post of posts) {
    const entry = entries.get(post.id);
    entry.hidden = !isWanted(post);
    if (!entry.hidden) visible += 1;
  }
  tellComing(told.coming.filter(isWantedNext), told.queues);
  tellFilter();
  tellTotals(visible);
}
