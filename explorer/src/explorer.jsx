import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { Kind, parse } from "graphql";
import { useEffect, useMemo, useRef, useState } from "react";

import { Bar } from "./bar.jsx";
import { createStorage } from "./storage.js";
import { createStory } from "./story.js";
import { pretty, productionTabs, storyTabs } from "./tabs.js";

const WELCOME = "Five tabs tell the story. Run them one after the other.";

// The bar and GraphiQL. `token` is the sandbox's, or null; `trouble` says why there is none although there should be.
export function Explorer({ embedded, token, trouble }) {
  const [news, tell] = useState({ words: trouble ?? (embedded ? WELCOME : "") });
  const editor = useRef(null);
  const fetcher = useMemo(() => {
    const send = sender(token);
    const show = (variables) => editor.current?.setValue(pretty(variables));
    return exactly(embedded ? createStory(send, show, (words, due) => tell({ words, due })) : send);
  }, [embedded, token]);
  const storage = useMemo(() => createStorage(embedded), [embedded]);
  return (
    <>
      <Bar embedded={embedded} news={news} />
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={embedded ? storyTabs : productionTabs}
        defaultHeaders={pretty({ Authorization: `Bearer ${token ?? ""}` })}
        defaultEditorToolsVisibility={embedded ? "variables" : "headers"}
        storage={storage}
        shouldPersistHeaders={false}
        inputValueDeprecation
      >
        <Hands variables={editor} />
      </GraphiQL>
    </>
  );
}

// GraphiQL asks for the schema before it has its headers editor, that is without headers: then the page's token serves.
function sender(token) {
  const fetcher = createGraphiQLFetcher({
    url: "/graphql",
    subscriptionUrl: location.origin.replace(/^http/, "ws") + "/graphql",
    enableIncrementalDelivery: false,
  });
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return (params, options) => fetcher(params, { ...options, headers: options?.headers ?? headers });
}

// GraphiQL reads the operation's name and kind a moment after the editor has changed, and whoever is quick, changes tabs
// and runs, would send those of the tab before.
function exactly(fetcher) {
  return (params, options) => {
    let documentAST;
    try {
      documentAST = parse(params.query);
    } catch {
      return fetcher(params, options); // the server says what is wrong
    }
    const [operation, ...more] = documentAST.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    const operationName = more.length > 0 ? params.operationName : operation?.name?.value;
    return fetcher({ ...params, operationName }, { ...options, documentAST });
  };
}

// Holds the variables editor, lets long lines be read, keeps the headers, and asks for the schema again once these may
// allow it.
function Hands({ variables }) {
  const { variableEditor, headerEditor, queryEditor, schema } = useGraphiQL((state) => state);
  const { introspect } = useGraphiQLActions();
  useEffect(() => {
    variables.current = variableEditor;
  }, [variables, variableEditor]);
  useEffect(() => {
    for (const one of [queryEditor, variableEditor]) one?.updateOptions({ wordWrap: "on" });
  }, [queryEditor, variableEditor]);
  useEffect(() => {
    if (!headerEditor) return undefined;
    // Nothing in the history has headers: whoever chooses what is in it would lose those that they have.
    const keep = ({ target }) => {
      if (!target.closest(".graphiql-history-item-label")) return;
      const headers = headerEditor.getValue();
      setTimeout(() => headerEditor.setValue(headers));
    };
    document.addEventListener("click", keep, true);
    return () => document.removeEventListener("click", keep, true);
  }, [headerEditor]);
  useEffect(() => {
    if (schema || !headerEditor) return undefined;
    let waiting;
    const listening = headerEditor.onDidChangeModelContent(() => {
      clearTimeout(waiting);
      waiting = setTimeout(introspect, 1000);
    });
    return () => {
      clearTimeout(waiting);
      listening.dispose();
    };
  }, [headerEditor, introspect, schema]);
  return null;
}
