// What GraphiQL keeps in the browser: its panes, its theme, its history and, in production, its tabs. By itself its
// history has the headers of whatever was run, bearer tokens and all, and none of its settings prevents that.

import { createLocalStorage } from "@graphiql/toolkit";

const OPENED_ANEW = /:(tabState|query|variables|headers)$/;
const RECORDS = /:(queries|favorites|tabState)$/;
const SECRETS = [
  [/(?<=token"?\s*:\s*)("""[^]*?"""|"(?:[^"\\\n]|\\.)*"?)/gi, '""'], // what has the name of one
  [/\bBearer\s+[\w.~+/=-]{16,}/gi, ""],
  [/\beyJ[\w-]+\.[\w.-]+/g, ""], // a JWT
];

// The tabs of embedded mode open as the story has them, and those of production as they were left.
export function createStorage(embedded) {
  const kept = createLocalStorage({ namespace: embedded ? "perennial" : "perennial-production" });
  return Object.assign(Object.create(kept), {
    getItem: (key) => (embedded && OPENED_ANEW.test(key) ? null : kept.getItem(key)),
    setItem: (key, value) => key.endsWith(":headers") || kept.setItem(key, harmless(key, value)),
  });
}

function harmless(key, value) {
  return RECORDS.test(key) ? JSON.stringify(JSON.parse(value), withoutSecrets) : withoutSecrets(key, value);
}

function withoutSecrets(name, value) {
  if (name === "headers") return null;
  if (typeof value !== "string") return value;
  return SECRETS.reduce((text, [secret, blank]) => text.replace(secret, blank), value);
}
