// What the page adds to GraphiQL's behaviour, as components without anything to see: GraphiQL's state is there for its
// children only.

import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";

import { isPhone } from "./phone.js";

const A_TOKEN = /"authorization"\s*:\s*"bearer\s+[^"\s]/i;
const TYPING_ENDS_MS = 1000;

// Hands the variables editor out, wraps long lines, and on a phone gives the whole width to the text.
export function Editors({ variables }) {
  const { variableEditor, headerEditor, queryEditor } = useGraphiQL((state) => state);
  useEffect(() => {
    variables.current = variableEditor;
  }, [variables, variableEditor]);
  useEffect(() => {
    const narrow = { lineNumbers: "off", glyphMargin: false, folding: false, lineDecorationsWidth: 4, fontSize: 14 };
    const options = { wordWrap: "on", ...(isPhone() && narrow) };
    for (const one of [queryEditor, variableEditor, headerEditor]) one?.updateOptions(options);
  }, [queryEditor, variableEditor, headerEditor]);
  return null;
}

// Keeps the headers when an entry of the history is chosen. No entry has headers, so GraphiQL would remove them.
export function HistoryWithHeaders() {
  const { headerEditor } = useGraphiQL((state) => state);
  useEffect(() => {
    if (!headerEditor) return undefined;
    const keep = ({ target }) => {
      if (!target.closest(".graphiql-history-item-label")) return;
      const headers = headerEditor.getValue();
      setTimeout(() => headerEditor.setValue(headers));
    };
    document.addEventListener("click", keep, true);
    return () => document.removeEventListener("click", keep, true);
  }, [headerEditor]);
  return null;
}

// Asks for the schema once there is a token in the headers, or where somebody presses the button that fetches it.
//
// As long as `asking` is false GraphiQL asks for no schema at all; `ask` changes that, and then GraphiQL asks by itself.
// `onToken` is called when the headers have a token.
export function SchemaRequests({ asking, ask, onToken }) {
  const { headerEditor, schema } = useGraphiQL((state) => state);
  const { introspect } = useGraphiQLActions();
  useEffect(() => {
    if (asking) return undefined;
    const pressed = ({ target }) => target.closest('button[aria-label^="Re-fetch"]') && ask();
    const typed = ({ ctrlKey, key }) => ctrlKey && key === "R" && ask();
    document.addEventListener("click", pressed);
    addEventListener("keydown", typed);
    return () => {
      document.removeEventListener("click", pressed);
      removeEventListener("keydown", typed);
    };
  }, [asking, ask]);
  useEffect(() => {
    if (schema || !headerEditor) return undefined;
    let waiting;
    const listening = headerEditor.onDidChangeModelContent(() => {
      clearTimeout(waiting);
      if (!A_TOKEN.test(headerEditor.getValue())) return;
      waiting = setTimeout(() => {
        onToken();
        if (asking) introspect();
      }, TYPING_ENDS_MS);
    });
    return () => {
      clearTimeout(waiting);
      listening.dispose();
    };
  }, [headerEditor, introspect, schema, asking, onToken]);
  return null;
}
