// The strip of a queue's year: a column a week, a square a day; what ran, what did not and why, and what comes.

const CELL = 12;
const SIDE = 10;
const RING = 1.300; // how far today's ring is outside of its square
const LEFT = 28;
const TOP = 14;

const STATES = {
  ran: "Published", partly: "Published in part", failed: "Failed", waits: "Waiting to go out", unclear: "May be out or not",
  gone: "Ran", held: "Held back: unscheduled before it went out",
  missed: "Missed", paused: "Paused", excluded: "Excluded date", skipped: "Skipped", refused: "Did not run",
  planned: "Planned", blocked: "Planned, with something in its way",
};
const KEY = { ran: "published", failed: "did not go out", skipped: "skipped, paused or excluded", planned: "planned", blocked: "something is in its way" };
// Of two on one day, the square is that of the first in this order: what somebody may have to look at comes first.
const ORDER = ["failed", "refused", "missed", "partly", "unclear", "blocked", "waits", "held", "gone", "ran", "planned"];
// What is planned in half a year where a strip is empty.
const PLANNED = { ACTIVE: "in the half year after it", PAUSED: "while the queue is paused", COMPLETED: "any more" };
// What stands between these keeps its own direction of writing.
const [APART, TOGETHER] = ["\u2068", "\u2069"];
// What is drawn in the square, so that no state is told by its colour alone.
const MARKS = {
  partly: "M1 9L9 1V9z", failed: "M2.500 2.500l5 5m0-5l-5 5", waits: "M5 2.500V5l2 1.500", unclear: "M5 2v4m0 1.200v1.300",
  gone: "M3.500 3.600a1.500 1.500 0 1 1 2.300 1.300Q5 5.400 5 6.100m0 1.800v.200",
  missed: "M2.500 2.500l5 5m0-5l-5 5", paused: "M3.500 2.500v5m3-5v5", held: "M3.500 2.500v5m3-5v5", excluded: "M2 8L8 2", skipped: "M2 5h6",
  refused: "M2.500 2.500l5 5m0-5l-5 5", blocked: "M5 2v4m0 1.200v1.300",
};

function newYear(queue) {
  const item = byId("year-entry").content.firstElementChild.cloneNode(true);
  item.dataset.queue = queue.id;
  item.querySelector(".year-name").textContent = item.querySelector(".year-name").title = queueName(queue.id, queue);
  item.querySelector(".name").textContent = queue.user;
  item.querySelector(".rhythm").textContent = [queue.rhythm, queue.timezone, stateOf(queue)].filter(Boolean).join(" · ");
  const said = item.querySelector(".said");
  item.querySelector(".year-scroll").append(drawYear(queue, said));
  setText(said, summaryOf(queue));
  return item;
}

// Where a strip is wider than the page, today stands in the middle of it at first.
function scrollYear(item, left) {
  const scroll = item.querySelector(".year-scroll");
  const today = item.querySelector(".today");
  if (left !== undefined) scroll.scrollLeft = left;
  else if (today) scroll.scrollLeft += today.getBoundingClientRect().left - scroll.getBoundingClientRect().left - scroll.clientWidth / 2;
}

function stateOf(queue) {
  if (queue.status === "ACTIVE") return "";
  if (queue.status !== "PAUSED") return "completed";
  const paused = queue.pausedUntil ? `paused until ${dateOf(new Date(queue.pausedUntil))}` : "paused";
  return queue.pauseReason ? `${paused}: “${APART}${queue.pauseReason}${TOGETHER}”` : paused;
}

function summaryOf(queue) {
  const count = (...states) => queue.days.reduce((sum, day) => sum + (states.includes(day.state) ? day.count ?? 1 : 0), 0);
  const [published, partly, planned, blocked] = [count("ran", "partly"), count("partly"), count("planned", "blocked"), count("blocked")];
  const inPart = published === 1 ? " in part" : ` (${partly} of them in part)`;
  const inTheWay = planned === 1 ? ", with something in its way" : `, ${blocked} of them with something in ${blocked === 1 ? "its" : "their"} way`;
  const parts = [[published, `published${partly ? inPart : ""}`],
    [count("gone"), "of unknown outcome (deleted since)"], [count("waits"), "waiting to go out"],
    [count("unclear"), "that may be out or not"], [count("held"), "held back"],
    [count("failed", "missed", "refused"), "did not go out"],
    [count("skipped", "paused", "excluded"), "skipped, paused or excluded"],
    [planned, `planned${blocked ? inTheWay : ""}`]];
  const said = parts.filter(([number]) => number).map(([number, words]) => `${number} ${words}`);
  if (!said.length) said.push(`Nothing has run in the half year before today, and nothing is planned ${PLANNED[queue.status]}`);
  const next = !planned && queue.nextTime;
  return `${said.join(", ")}.${next ? ` The next run is on ${dateOf(new Date(next))}.` : ""}`;
}

// The grid, and in it a square for each day with an occurrence; a row of the ledger for several days is a band of them.
function drawYear(queue, said) {
  const [first, last] = [dayNumber(years.from), dayNumber(years.to)];
  const start = first - weekdayOf(first);
  const weeks = Math.floor((last - start) / 7) + 1;
  const svg = shape("svg", { viewBox: `0 0 ${LEFT + weeks * CELL} ${TOP + 7 * CELL}`, role: "listbox", class: "year-strip" });
  svg.setAttribute("aria-label", `A year of ${queueName(queue.id, queue)}: ${summaryOf(queue)}`);
  svg.setAttribute("aria-orientation", "horizontal");
  svg.append(...monthNames(first, last, start), ...weekdayNames(), ...emptyDays(first, last, start, queue.days));
  const marks = byDay(queue.days.flatMap((day) => marksOf(day, first, last))).map(([number, days]) => newMark(number, start, days));
  svg.append(...marks, newToday(dayNumber(todayOf(queue)), start));
  const next = marks.find((mark) => mark.dataset.date >= todayOf(queue)) ?? marks.at(-1);
  next?.setAttribute("tabindex", "0");
  tellOnFocus(svg, marks, said, queue);
  return svg;
}

// A ring around the day, whatever its square is.
function newToday(number, start) {
  const [ring, out] = [SIDE + 2 * RING, -RING];
  return hiddenFromReaders(shape("rect", { transform: at(number, start), x: out, y: out, width: ring, height: ring, rx: 3, class: "today" }));
}

function marksOf(day, first, last) {
  const from = Math.max(dayNumber(day.date), first);
  const until = Math.min(dayNumber(day.until ?? day.date), last);
  if (until < from) return [];
  return day.until ? [[from, day], ...(until > from ? [[until, day]] : [])] : [[from, day]];
}

// Those of one day have one place together.
function byDay(marks) {
  const found = new Map();
  for (const [number, day] of marks) found.set(number, [...(found.get(number) ?? []), day]);
  return [...found].sort(([one], [other]) => one - other);
}

function newMark(number, start, days) {
  const states = days.map(knownStateOf);
  const state = ORDER.find((one) => states.includes(one)) ?? states[0];
  const group = shape("g", { transform: at(number, start), class: `mark ${state}`, role: "option", tabindex: "-1" });
  group.dataset.date = isoOf(number);
  group.setAttribute("aria-label", wordsOf(days));
  group.setAttribute("aria-selected", "false");
  group.append(shape("rect", { width: SIDE, height: SIDE, rx: 2 }));
  if (MARKS[state]) group.append(shape("path", { d: MARKS[state] }));
  return group;
}

function knownStateOf(day) {
  return day.state in STATES ? day.state : "refused";
}

// What a person hears of the square: the text names the day.
function wordsOf(days) {
  const words = days.map((day) => `${STATES[knownStateOf(day)]}. ${day.text}`);
  return words.length === 1 ? words[0] : `${words.length} on this day. ${words.map((one, index) => `${index + 1}: ${one}`).join(" ")}`;
}

function emptyDays(first, last, start, days) {
  const banded = new Map();
  for (const day of days.filter((one) => one.until)) {
    for (let number = Math.max(dayNumber(day.date), first); number <= Math.min(dayNumber(day.until), last); number += 1) {
      banded.set(number, day.state);
    }
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).map((number) => {
    const kind = banded.has(number) ? `day band ${banded.get(number)}` : "day";
    return shape("rect", { transform: at(number, start), width: SIDE, height: SIDE, rx: 2, class: kind });
  });
}

function monthNames(first, last, start) {
  const names = [];
  for (let number = first; number <= last; number += 1) {
    const date = dateOfNumber(number);
    if (date.getUTCDate() !== 1) continue;
    const text = shape("text", { x: LEFT + Math.floor((number - start + 6) / 7) * CELL, y: 9 });
    text.textContent = date.toLocaleDateString(undefined, { month: "short", timeZone: "UTC" });
    if (LEFT + Math.floor((last - start) / 7) * CELL - text.getAttribute("x") >= CELL) names.push(text);
  }
  return names.map(hiddenFromReaders);
}

function weekdayNames() {
  return [0, 2, 4].map((weekday) => {
    const text = shape("text", { x: 0, y: TOP + weekday * CELL + 9 });
    text.textContent = dateOfNumber(4 + weekday).toLocaleDateString(undefined, { weekday: "short", timeZone: "UTC" });
    return hiddenFromReaders(text);
  });
}
