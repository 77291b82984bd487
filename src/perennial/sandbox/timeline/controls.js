
// What the page says of itself, and what a reader can choose.

// One beside the strips and one above the posts: a user who is chosen in one of them is chosen for the page.
const userSelects = document.querySelectorAll(".user");

function tellState(connected) {
  byId("live").className = `live ${connected ? "on" : "off"}`;
  setText(byId("live-text"), connected ? "Live" : "No connection");
  byId("lost").hidden = connected;
  if (!connected) alone = false; // whoever answers next may know queues
}

function tellTotals(visible) {
  const number = (count) => count.toLocaleString();
  const all = total === 1 ? "1 post" : `${number(total)} posts`;
  const isEmpty = people.length === 0;
  byId("empty").hidden = !isEmpty;
  byId("filters").hidden = isEmpty;
  byId("nothing").hidden = visible > 0 || isEmpty;
  setText(byId("count"), isFiltered() ? `${number(visible)} of ${all}` : all);
  byId("more").hidden = total <= posts.length;
  setText(byId("more"), `The newest ${posts.length} of ${number(total)} are shown; all of them are at sandbox/posts.`);
}

function tellFilter() {
  for (const button of byId("filters").querySelectorAll("[data-platform]")) {
    button.setAttribute("aria-pressed", String(button.dataset.platform === wanted.platform));
  }
  for (const select of userSelects) select.value = wanted.user;
  const name = wanted.queue && queueName(wanted.queue, told.queues[wanted.queue]);
  byId("queue-chip").hidden = !wanted.queue;
  setText(byId("queue-chip"), name && `${name} ✕`);
  byId("queue-chip").setAttribute("aria-label", name && `${name} only; show all queues again`);
}

function isFiltered() {
  return Boolean(wanted.platform || wanted.user || wanted.queue);
}

// Those who have posts or queues here, and whoever is chosen.
function tellUsers() {
  const users = new Set([...people, ...years.users]);
  if (wanted.user) users.add(wanted.user);
  const names = ["", ...[...users].sort()];
  for (const select of userSelects) {
    select.hidden = names.length < 3;
    const shown = [...select.options].map((option) => option.value);
    if (names.join("\n") === shown.join("\n")) continue;
    select.replaceChildren(...names.map((name) => new Option(name || "Everybody", name)));
    select.value = wanted.user;
  }
}

function tellNews(fresh) {
  if (!fresh.length) return;
  const one = `${fresh[0].user} on ${PLATFORM_NAMES[fresh[0].platform]}`;
  byId("news").textContent = fresh.length === 1 ? `A new post: ${one}` : `${fresh.length} new posts, the newest: ${one}`;
  if (window.scrollY < 300) return;
  newer += fresh.length;
  byId("newer").textContent = newer === 1 ? "1 new post ↑" : `${newer} new posts ↑`;
  byId("newer").hidden = false;
}

function noneIsNewer() {
  newer = 0;
  byId("newer").hidden = true;
}

function choose(choice) {
  Object.assign(wanted, choice);
  if (choice.user !== undefined) chooseYears({ offset: 0 });
  applyFilter();
}

// By a button that is gone then: the focus goes where the choice is made.
function chooseAll(choice) {
  choose(choice);
  byId("filters").querySelector("button").focus();
}

let newer = 0;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

byId("filters").addEventListener("click", ({ target }) => {
  if (target.dataset.platform !== undefined) choose({ platform: target.dataset.platform });
});
for (const select of userSelects) select.addEventListener("change", ({ target }) => choose({ user: target.value }));
byId("queue-chip").addEventListener("click", () => chooseAll({ queue: "" }));
byId("all").addEventListener("click", () => chooseAll({ platform: "", user: "", queue: "" }));
byId("feed").addEventListener("click", ({ target }) => {
  const { queue } = target.dataset;
  if (queue) choose({ queue: wanted.queue === queue ? "" : queue });
});
byId("newer").addEventListener("click", () => window.scrollTo({ top: 0, behavior: calm.matches ? "auto" : "smooth" }));
addEventListener("scroll", () => { if (window.scrollY < 100) noneIsNewer(); }, { passive: true });
document.addEventListener("visibilitychange", () => wake());
setInterval(() => { if (!document.hidden) tellAllTimes(); }, 1000);
byId("try").textContent = [
  `curl ${new URL("./x/2/tweets", location.href)} \\`,
  "  -H 'Authorization: Bearer sandbox-demo' \\",
  "  -H 'Content-Type: application/json' \\",
  "  -d '{\"text\": \"Hello from the sandbox\"}'",
].join("\n");
run();
