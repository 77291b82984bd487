
"use strict";

// Asks for the newest posts every two seconds and puts in the page what is not there yet.
// What others wrote reaches the page as text only, through textContent.

const PAGE = 100;
const POLL_MS = 2000;

const byId = (id) => document.getElementById(id);
const cards = new Map();
let show = "ALL";
let firstRound = true;

async function poll() {
  if (document.hidden) return;
  try {
    const response = await fetch(`./posts?limit=${PAGE}`, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!response.ok) throw new Error(String(response.status));
    render(await response.json(), Number(response.headers.get("X-Total-Count")));
    tellState("on", "Live");
  } catch {
    tellState("off", "No connection");
  }
}

async function pollForever() {
  await poll();
  setTimeout(pollForever, POLL_MS);
}

function render(posts, total) {
  const wanted = new Set(posts.map((post) => post.id));
  for (const [id, card] of cards) if (!wanted.has(id)) { card.remove(); cards.delete(id); }
  let before = null;
  for (const post of posts.slice().reverse()) before = place(post, before);
  for (const card of cards.values()) tellAge(card.querySelector("time"));
  tellTotals(posts.length, total);
  applyFilter();
  firstRound = false;
}

// The card of a post, put before the next older one. One that stands there already is left alone.
function place(post, before) {
  let card = cards.get(post.id);
  if (!card) {
    card = newCard(post);
    cards.set(post.id, card);
    byId("feed").insertBefore(card, before);
  }
  return card;
}

function newCard(post) {
  const card = byId(`card-${post.platform}`).content.firstElementChild.cloneNode(true);
  card.dataset.platform = post.platform;
  card.classList.toggle("new", !firstRound);
  card.addEventListener("animationend", () => card.classList.remove("new"), { once: true });
  card.querySelector(".name").textContent = post.user;
  const handle = card.querySelector(".handle");
  if (handle) handle.textContent = `@${post.user}`;
  const avatar = card.querySelector(".avatar");
  avatar.textContent = Array.from(post.user)[0] || "?";
  avatar.style.setProperty("--hue", hueOf(post.user));
  const time = card.querySelector("time");
  time.dateTime = post.time;
  time.title = new Date(post.time).toLocaleString();
  fillText(card.querySelector(".text"), post.text);
  return card;
}

// Addresses become links and hashtags take a colour; all else stays as it was written.
function fillText(element, text) {
  let done = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'*_~]|(?<![\p{L}\p{N}_&])#[\p{L}\p{N}_]+/giu)) {
    element.append(text.slice(done, match.index), match[0][0] === "#" ? tagOf(match[0]) : linkTo(match[0]));
    done = match.index + match[0].length;
  }
  element.append(text.slice(done));
}

function linkTo(address) {
  const link = document.createElement("a");
  link.href = address;
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
  link.textContent = address;
  return link;
}

function tagOf(text) {
  const tag = document.createElement("span");
  tag.className = "tag";
  tag.textContent = text;
  return tag;
}

function tellAge(time) {
  const then = new Date(time.dateTime);
  const seconds = Math.max(0, (Date.now() - then) / 1000);
  if (seconds < 5) time.textContent = "now";
  else if (seconds < 60) time.textContent = `${Math.floor(seconds)}s`;
  else if (seconds < 3600) time.textContent = `${Math.floor(seconds / 60)}m`;
  else if (seconds < 86400) time.textContent = `${Math.floor(seconds / 3600)}h`;
  else time.textContent = then.toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

function tellTotals(shown, total) {
  byId("empty").hidden = shown > 0;
  byId("filters").hidden = shown === 0;
  byId("count").textContent = total === 1 ? "1 post" : `${total.toLocaleString()} posts`;
  byId("more").hidden = total <= shown;
  byId("more").textContent = `The newest ${shown} of ${total.toLocaleString()} are shown.`;
}

function tellState(state, words) {
  byId("live").className = `live ${state}`;
  if (byId("live-text").textContent !== words) byId("live-text").textContent = words;
}

function applyFilter() {
  let visible = 0;
  for (const card of cards.values()) {
    card.hidden = show !== "ALL" && card.dataset.platform !== show;
    if (!card.hidden) visible += 1;
  }
  byId("empty-filter").hidden = visible > 0 || cards.size === 0;
}

function hueOf(name) {
  let hash = 7;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)) % 360;
  return String(hash);
}

for (const button of byId("filters").querySelectorAll("button")) {
  button.addEventListener("click", () => {
    show = button.dataset.show;
    for (const each of byId("filters").querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
    applyFilter();
  });
}
document.addEventListener("visibilitychange", poll);
byId("try").textContent = [
  `curl ${new URL("./x/2/tweets", location.href)} \\`,
  "  -H 'Authorization: Bearer sandbox-demo' \\",
  "  -H 'Content-Type: application/json' \\",
  "  -d '{\"text\": \"Hello from the sandbox\"}'",
].join("\n");
pollForever();
