
// What goes out next: scheduled posts, and queues that fall due.

function tellComing(coming, queues) {
  byId("coming").hidden = coming.length === 0;
  byId("coming-list").replaceChildren(...coming.map((one) => newComing(one, queues[one.queue])));
  byId("first").hidden = coming.length === 0;
  if (coming.length) setTime(byId("first").querySelector("time"), coming[0].time);
}

function newComing(one, queue) {
  const item = byId("coming-entry").content.firstElementChild.cloneNode(true);
  setTime(item.querySelector("time"), one.time);
  item.querySelector(".platforms").append(...one.platforms.map(platformPill));
  item.querySelector(".text").textContent = one.text;
  item.querySelector(".name").textContent = one.user;
  item.querySelector(".rhythm").textContent = ` · ${rhythmOf(one, queue)}`;
  return item;
}

function rhythmOf(one, queue) {
  if (one.queue === null) return "scheduled by hand";
  if (!queue) return "made by a queue that was deleted";
  const number = queue.executionCount + (one.made ? 0 : 1);
  return `every ${days(queue.interval)} · ${runOf(number, queue)}`;
}
