
// What goes out next: scheduled posts, and queues that fall due.

const COMING_SHOWN = 6;

function tellComing(coming, queues) {
  const shown = coming.slice(0, COMING_SHOWN);
  byId("coming").hidden = alone || (coming.length === 0 && posts.length === 0);
  byId("coming-list").replaceChildren(...shown.map((one) => newComing(one, queues[one.queue])));
  byId("coming-none").hidden = coming.length > 0;
  setText(byId("coming-none"), isFiltered() ? "Nothing like that is coming soon." : "Nothing is scheduled.");
  byId("first").hidden = coming.length === 0;
  if (coming.length) setTime(byId("first").querySelector("time"), coming[0].time);
}

function newComing(one, queue) {
  const item = byId("coming-entry").content.firstElementChild.cloneNode(true);
  setTime(item.querySelector("time"), one.time);
  item.querySelector(".at").textContent = dateOf(new Date(one.time));
  item.querySelector(".platforms").append(...one.platforms.map(platformPill));
  item.querySelector(".text").textContent = one.text;
  item.querySelector(".name").textContent = one.user;
  item.querySelector(".rhythm").textContent = rhythmOf(one, queue);
  return item;
}

function rhythmOf(one, queue) {
  if (one.queue === null) return "scheduled by hand";
  if (!queue) return "made by a queue that was deleted";
  const number = queue.executionCount + (one.made ? 0 : 1);
  return `${queue.rhythm} · ${runOf(number, queue)}`;
}
