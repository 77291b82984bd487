"use strict";

// Words for times and names, and texts put into the page: as text, never as markup.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const BEGINNING_MAX = 36;

const PLATFORM_NAMES = { X: "X", LINKEDIN: "LinkedIn" };

// An address up to its last character that is no punctuation, a hashtag, and on X a name.
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'*_~]/;
const HASHTAG = /(?<![\p{L}\p{N}_&])#[\p{L}\p{N}_]+/;
const MENTION = /(?<![\p{L}\p{N}_@])@[a-z0-9_]{1,15}(?![\p{L}\p{N}_@])/;
const COLOURED = {
  X: new RegExp([ADDRESS, HASHTAG, MENTION].map((one) => one.source).join("|"), "giu"),
  LINKEDIN: new RegExp([ADDRESS, HASHTAG].map((one) => one.source).join("|"), "giu"),
};

const byId = (id) => document.getElementById(id);

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// What the platform colours takes a colour; all else stays as it was written. Nothing becomes a link.
function fillText(element, text, platform) {
  let done = 0;
  for (const match of text.matchAll(COLOURED[platform])) {
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = match[0];
    element.append(text.slice(done, match.index), tag);
    done = match.index + match[0].length;
  }
  element.append(text.slice(done));
}

function newTime(time, say) {
  const element = document.createElement("time");
  element.dataset.say = say;
  return setTime(element, time);
}

function setTime(element, time) {
  element.dateTime = time;
  element.title = new Date(time).toLocaleString();
  tellTime(element);
  return element;
}

function tellTime(element) {
  const past = Date.now() - new Date(element.dateTime);
  setText(element, element.dataset.say === "until" ? until(-past) : age(past, new Date(element.dateTime)));
}

function tellAllTimes() {
  for (const element of document.querySelectorAll("time[datetime]")) tellTime(element);
}

function age(past, then) {
  if (past < 5 * SECOND) return "now";
  if (past < MINUTE) return `${Math.floor(past / SECOND)}s`;
  if (past < HOUR) return `${Math.floor(past / MINUTE)}m`;
  if (past < DAY) return `${Math.floor(past / HOUR)}h`;
  return then.toLocaleDateString(undefined, { day: "numeric", month: "short", year: yearOf(then) });
}

// Whether its year is named: where it is not the present one.
function yearOf(time) {
  return time.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
}

// The two largest units, with spaces that do not break: "in 4 min 12 s".
function until(ahead) {
  if (ahead <= 0) return "any moment now";
  const seconds = Math.ceil(ahead / SECOND);
  if (seconds < 60) return `in ${seconds}\u00a0s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)}\u00a0min ${seconds % 60}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `in ${Math.floor(minutes / 60)}\u00a0h ${minutes % 60}\u00a0min`;
  return `in ${Math.floor(minutes / 1440)}\u00a0d ${Math.floor((minutes % 1440) / 60)}\u00a0h`;
}

// The first words of a text, in one line; of a word that is longer than that, its first letters.
function beginningOf(text) {
  const words = text.trim().split(/\s+/u);
  let found = words.shift();
  while (words.length && found.length + words[0].length < BEGINNING_MAX) found += ` ${words.shift()}`;
  const letters = [...new Intl.Segmenter().segment(found)].map(({ segment }) => segment);
  const cut = letters.length > BEGINNING_MAX;
  if (cut) found = letters.slice(0, BEGINNING_MAX).join("");
  return cut || words.length ? `${found.replace(/[.,;:…\s]+$/u, "")}…` : found;
}

// Enough to find it in a calendar; of today the hour, of another year that too.
function dateOf(time) {
  const today = time.toDateString() === new Date().toDateString();
  const day = today ? {} : { weekday: "short", day: "numeric", month: "short", year: yearOf(time) };
  return time.toLocaleString(undefined, { ...day, hour: "2-digit", minute: "2-digit" });
}

function initialsOf(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean).slice(0, 2);
  return (words.length ? words : [name || "?"]).map(firstLetterOf).join("").toUpperCase();
}

function firstLetterOf(word) {
  return new Intl.Segmenter().segment(word)[Symbol.iterator]().next().value.segment;
}

// Always the same colour for the same name, and far apart for names that are nearly alike.
function hueOf(name) {
  let hash = 7;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)) % 360;
  return String((hash * 137) % 360);
}

function platformPill(platform) {
  const pill = document.createElement("span");
  pill.className = "platform";
  pill.textContent = PLATFORM_NAMES[platform];
  return pill;
}
