
// The strips of a year of each queue: whose, which of them, and a page at a time.

const YEARS_FEW = 1; // so that what was published is in sight
const YEARS_FOUND_AMONG = 4;
const YEARS_PAGE = 12;
const YEARS_POLL_MS = 15 * SECOND;

let years = { total: 0, offset: 0, users: [], queues: [] };
let yearsAsked = 0;
let afterYears = () => {};
const yearsWanted = { all: false, offset: 0, find: "" };

async function askForYears(anew) {
  if (alone || (!anew && Date.now() - yearsAsked < YEARS_POLL_MS)) return;
  yearsAsked = Date.now();
  const then = afterYears;
  afterYears = () => {};
  const { all, offset, find } = yearsWanted;
  const asked = { user: wanted.user, find, offset: offset || "", first: all ? YEARS_PAGE : YEARS_FEW };
  try {
    const news = await ask("years", `./years?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`);
    if (news) years = await news.json();
    if (news) tellYears();
    then();
  } catch (error) {
    if (error.cause === undefined) throw error; // else it is away, or older: what it said before still stands
  }
}

// Asks at once for what a reader wants to see now; `then` leads them there.
function chooseYears(choice, then = () => {}) {
  Object.assign(yearsWanted, choice);
  afterYears = then;
  yearsAsked = 0;
  wake();
}

function tellYears() {
  const chosen = document.activeElement?.closest?.("#years [data-date]");
  const scrolled = new Map([...byId("years-list").children].map((one) => [one.dataset.queue, one.querySelector(".year-scroll").scrollLeft]));
  const place = chosen && [chosen.closest("[data-queue]").dataset.queue, chosen.dataset.date];
  byId("years").hidden = alone || years.users.length === 0;
  tellUsers();
  tellWhichYears();
  if (years.queues.length) tellKey();
  byId("years-list").replaceChildren(...years.queues.map(newYear));
  for (const one of byId("years-list").children) scrollYear(one, scrolled.get(one.dataset.queue));
  if (place) byId("years-list").querySelector(`[data-queue="${place[0]}"] [data-date="${place[1]}"]`)?.focus();
}

// How many queues there are, which of them are shown, and the ways to the others.
function tellWhichYears() {
  const { total, offset, queues } = years;
  const [shown, number] = [queues.length, (count) => count.toLocaleString()];
  const [isPart, hasFewer] = [shown < total, yearsWanted.all && total > YEARS_FEW];
  const words = total === 1 ? "1 queue" : `${number(total)} queues`;
  const place = shown === 1 ? `Queue ${number(offset + 1)}` : `Queues ${number(offset + 1)} to ${number(offset + shown)}`;
  setText(byId("years-count"), isPart ? `${place} of ${number(total)}` : words);
  byId("years-find").hidden = total < YEARS_FOUND_AMONG && !yearsWanted.find;
  byId("years-none").hidden = total > 0;
  setText(byId("years-none"), yearsWanted.find ? "No queue has these words in its name or in a text." : `${wanted.user} has no queues.`);
  byId("years-key").hidden = total === 0;
  byId("years-pages").hidden = !isPart && !hasFewer;
  byId("years-all").hidden = !isPart && !hasFewer;
  setText(byId("years-all"), yearsWanted.all ? "Show fewer" : `Show ${total > YEARS_PAGE ? "more" : `all ${total}`}`);
  byId("years-all").setAttribute("aria-expanded", String(yearsWanted.all));
  for (const id of ["years-before", "years-after"]) byId(id).hidden = !yearsWanted.all || !isPart;
  tellWay("years-before", offset > 0);
  tellWay("years-after", offset + shown < total);
}

// A button that leads nowhere keeps its place, and the focus.
function tellWay(id, isOpen) {
  byId(id).setAttribute("aria-disabled", String(!isOpen));
}

function turnYears({ target }, offset) {
  if (target.getAttribute("aria-disabled") !== "true") chooseYears({ offset: Math.max(0, offset) }, toYears);
}

// Whoever turns the page begins at its first strip.
function toYears() {
  byId("years-title").focus({ preventScroll: true });
  byId("years").scrollIntoView();
}

// Whoever wants more goes on with the first of them.
function toMoreYears() {
  byId("years-list").children[YEARS_FEW]?.querySelector("[tabindex='0']")?.focus();
}

// What the squares mean, once the page has any.
function tellKey() {
  if (byId("years-key").childElementCount) return;
  const marks = Object.keys(KEY).map((state) => [newMark(0, 0, [{ state, date: years.from, text: "" }]), KEY[state]]);
  for (const [mark, words] of [...marks, [newToday(0, 0), "today"]]) {
    const one = document.createElement("span");
    const svg = shape("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, class: "year-strip" });
    mark.removeAttribute("transform");
    svg.append(mark);
    one.append(svg, words);
    byId("years-key").append(one);
  }
}

let typing = 0;
byId("years-find").addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(() => chooseYears({ find: target.value.trim(), offset: 0, all: true }), 200);
});
byId("years-all").addEventListener("click", () => {
  const all = !yearsWanted.all;
  chooseYears({ all, offset: 0 }, all ? toMoreYears : toYears);
});
byId("years-before").addEventListener("click", (event) => turnYears(event, years.offset - YEARS_PAGE));
byId("years-after").addEventListener("click", (event) => turnYears(event, years.offset + YEARS_PAGE));
