import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { Kind, parse } from "graphql";
import { useCallback, useMemo, useRef, useState } from "react";

import { Bar } from "./bar.jsx";
import { Editors, HistoryWithHeaders, SchemaRequests } from "./helpers.jsx";
import { isPhone } from "./phone.js";
import { Previews } from "./previews.jsx";
import { createStorage } from "./storage.js";
import { createStory } from "./story.js";
import { pretty, productionTabs, storyTabs } from "./tabs.js";

const WELCOME = "Seven tabs tell the story. Run them one after the other.";
const TOKEN_WANTED = "Put your bearer token into Headers to begin.";

// The bar and GraphiQL.
//
// `introspection` is the server's setting: "open", "token" or "off". `token` is the sandbox's token, or null; `trouble`
// says why there is none although there should be one. The page asks for the schema at once only where the server will
// give it; else it waits for a token, so that it does not open with an error.
export function Explorer({ embedded, introspection, token, trouble }) {
  const [news, tell] = useState({ words: trouble ?? (embedded ? WELCOME : TOKEN_WANTED) });
  const [asking, setAsking] = useState(introspection === "open" || (Boolean(token) && introspection === "token"));
  const editor = useRef(null);
  const fetcher = useMemo(() => {
    const send = sender(token);
    const show = (variables) => editor.current?.setValue(pretty(variables));
    return exactly(embedded ? createStory(send, show, (words, due) => tell({ words, due })) : send);
  }, [embedded, token]);
  const storage = useMemo(() => createStorage(embedded), [embedded]);
  const ask = useCallback(() => setAsking(true), []);
  const onToken = useCallback(() => {
    tell((last) => (last.words === TOKEN_WANTED ? { words: "" } : last));
    if (introspection !== "off") ask();
  }, [introspection, ask]);
  return (
    <>
      <Bar embedded={embedded} news={news} />
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={embedded ? storyTabs : productionTabs}
        defaultHeaders={pretty({ Authorization: `Bearer ${token ?? ""}` })}
        defaultEditorToolsVisibility={embedded ? !isPhone() && "variables" : "headers"}
        schema={asking ? undefined : null}
        storage={storage}
        shouldPersistHeaders={false}
        inputValueDeprecation
      >
        <Editors variables={editor} />
        <Previews />
        <HistoryWithHeaders />
        <SchemaRequests asking={asking} ask={ask} onToken={onToken} />
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
