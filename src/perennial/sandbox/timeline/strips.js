// How a reader moves along a strip of a year, and the days of the calendar in it, as numbers of days since 1970.

// The arrow keys go to the mark before or after, Home and End to the first and last; what is chosen is said below.
function tellOnFocus(svg, marks, said, queue) {
  const say = (mark) => setText(said, mark ? mark.getAttribute("aria-label") : summaryOf(queue));
  svg.addEventListener("focusin", ({ target }) => {
    const mark = target.closest("[data-date]");
    for (const one of marks) {
      one.setAttribute("tabindex", one === mark ? "0" : "-1");
      one.setAttribute("aria-selected", String(one === mark));
    }
    say(mark);
  });
  svg.addEventListener("focusout", () => {
    for (const one of marks) one.setAttribute("aria-selected", "false");
  });
  svg.addEventListener("pointerover", ({ target }) => { if (target.closest("[data-date]")) say(target.closest("[data-date]")); });
  svg.addEventListener("pointerleave", () => say(document.activeElement?.closest?.("[data-date]")?.ownerSVGElement === svg
    ? document.activeElement : null));
  svg.addEventListener("click", ({ target }) => target.closest("[data-date]")?.focus());
  svg.addEventListener("keydown", (event) => {
    const here = marks.indexOf(document.activeElement);
    const there = { ArrowLeft: here - 1, ArrowUp: here - 1, ArrowRight: here + 1, ArrowDown: here + 1, Home: 0, End: marks.length - 1 };
    const next = marks[there[event.key]];
    if (!(event.key in there)) return;
    event.preventDefault();
    next?.focus();
    next?.scrollIntoView?.({ block: "nearest", inline: "center" });
  });
}

function shape(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function hiddenFromReaders(element) {
  element.setAttribute("aria-hidden", "true");
  return element;
}

function at(number, start) {
  return `translate(${LEFT + Math.floor((number - start) / 7) * CELL} ${TOP + ((number - start) % 7) * CELL})`;
}

function dayNumber(iso) {
  return Math.round(Date.parse(`${iso}T00:00:00Z`) / DAY);
}

function dateOfNumber(number) {
  return new Date(number * DAY);
}

function isoOf(number) {
  return dateOfNumber(number).toISOString().slice(0, 10);
}

// Monday is 0: 1 January 1970 was a Thursday.
function weekdayOf(number) {
  return (((number + 3) % 7) + 7) % 7;
}

// Which day it is where the queue's days are counted.
function todayOf(queue) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: queue.timezone ?? "UTC", year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(new Date());
}
