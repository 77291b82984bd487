
// A card for each post, as its platform would show it, and below it what Perennial says of where it comes from.

function newEntry(post) {
  const entry = byId(`entry-${post.platform}`).content.firstElementChild.cloneNode(true);
  entry.setAttribute("aria-label", `${post.user} on ${PLATFORM_NAMES[post.platform]}`);
  const avatar = entry.querySelector(".avatar");
  avatar.textContent = initialsOf(post.user);
  avatar.style.setProperty("--hue", hueOf(post.user));
  entry.querySelector(".name").textContent = post.user;
  const handle = entry.querySelector(".handle");
  if (handle) handle.textContent = `@${post.user}`;
  setTime(entry.querySelector("time"), post.time);
  fillText(entry.querySelector(".text"), post.text, post.platform);
  entry.querySelector(".unfold")?.addEventListener("click", () => unfold(entry));
  for (const text of entry.querySelectorAll(".text.long")) sizes.observe(text);
  return entry;
}

// Softly, and once: an entry that a filter hides and shows again has arrived already.
function arrive(entry) {
  entry.classList.add("new");
  entry.addEventListener("animationend", ({ animationName }) => {
    if (animationName === "glow") entry.classList.remove("new");
  });
}

// Long texts are folded as LinkedIn folds them. The button stands only where lines are hidden, which depends on the
// width of the text: it is looked at whenever that changes, be it by the window or by what appears beside the posts.
const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => fold(target)));

function fold(text) {
  const button = text.closest(".entry").querySelector(".unfold");
  button.hidden = text.scrollHeight <= text.clientHeight + 1;
}

function unfold(entry) {
  const text = entry.querySelector(".text");
  sizes.unobserve(text);
  text.classList.remove("long");
  entry.querySelector(".unfold").hidden = true;
  text.tabIndex = -1;
  text.focus({ preventScroll: true });
}

// `made` says which queue made the post (none: it was scheduled by hand); undefined for what Perennial does not know.
function tellOrigin(entry, made, queues) {
  const line = entry.querySelector(".origin");
  const key = JSON.stringify([made, made && queues[made.queue]]);
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  line.hidden = !made;
  line.replaceChildren(...(made ? originOf(made, queues[made.queue]) : []));
}

function originOf(made, queue) {
  if (made.queue === null) return [icon("clock"), "Scheduled by hand"];
  if (!queue) return [icon("queue"), "Made by a queue that has been deleted since"];
  const parts = [queue.rhythm];
  if (made.occurrence) parts.push(part(runOf(made.occurrence, queue)));
  const next = queue.nextScheduledTime;
  parts.push(next ? part("next ", newTime(next, "until")) : part(endOf(queue)));
  return [icon("queue"), queueButton(made.queue, queue), ...parts.flatMap((one) => ["\u00a0· ", one])];
}

// Words that stay on one line.
function part(...words) {
  const span = document.createElement("span");
  span.className = "part";
  span.append(...words);
  return span;
}

function icon(name) {
  const symbol = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  symbol.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#${name}`);
  symbol.append(use);
  return symbol;
}

function queueButton(id, queue) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.queue = id;
  button.title = `Queue ${id}: show its posts only`;
  button.textContent = queueName(id, queue);
  return button;
}

// A queue is called by its name, or by what it repeats. Where nothing of that is known, because the original was deleted,
// it is called by the end of its id: ids begin with the time of their making, so their ends tell them apart.
function queueName(id, queue) {
  return queue?.name || (queue?.text ? `“${beginningOf(queue.text)}”` : `Queue ${id.slice(-4)}`);
}

function runOf(number, queue) {
  return queue.maxExecutions ? `run\u00a0${number} of\u00a0${queue.maxExecutions}` : `run\u00a0${number}`;
}

function endOf(queue) {
  if (queue.status === "PAUSED") return "paused";
  return queue.statusReason === "ORIGINAL_POST_DELETED" ? "ended, its original was deleted" : "completed";
}
