import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";
import "./phone.css";

import { createRoot } from "react-dom/client";

import { Explorer } from "./explorer.jsx";

const { mode, introspection } = document.documentElement.dataset;
const embedded = mode === "embedded";

// A token of the sandbox's for the user "demo", whose accounts it connects as well.
async function demoToken() {
  try {
    const answer = await fetch("/sandbox/token", { method: "POST", body: JSON.stringify({ user: "demo" }) });
    const said = await answer.text();
    if (!answer.ok) throw new Error(said);
    return { token: JSON.parse(said).token };
  } catch (error) {
    return { token: null, trouble: `There is no token: ${error.message}` };
  }
}

const known = embedded ? await demoToken() : { token: null };
createRoot(document.getElementById("explorer")).render(<Explorer embedded={embedded} introspection={introspection} {...known} />);
