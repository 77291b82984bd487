// What each tab will show, in prose, at the place where its answer will stand. Without it half of the page is empty until
// the first run.

import { useGraphiQL } from "@graphiql/react";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";

const PREVIEWS = {
  Connect: (
    <>
      <h2>two accounts</h2>
      <p>
        One on X and one on LinkedIn, each with its <code>handle</code> there and the status <code>ACTIVE</code>: posts
        can be published with it.
      </p>
      <p>
        In your product the list is empty until your user has been through the platform's OAuth and you have called{" "}
        <code>connectAccount</code>. Once a platform refuses the tokens, the status is <code>RECONNECT_REQUIRED</code>:
        until you call it again, queues leave that platform out, and say so in their ledger.
      </p>
    </>
  ),
  WriteAPost: (
    <>
      <h2>a draft</h2>
      <p>
        The post with its <code>id</code> and a publication for each platform. All of them are <code>DRAFT</code>: nothing
        goes out before it has a time.
      </p>
      <p>
        A text that a platform would not take is refused here, and not at nine in the morning: the answer then has{" "}
        <code>errors</code>, whose <code>extensions</code> name a <code>code</code> and the <code>field</code>.
      </p>
    </>
  ),
  QueueIt: (
    <>
      <h2>a queue</h2>
      <p>
        It is <code>ACTIVE</code>, and <code>nextScheduledTime</code> is half a minute ahead; the line at the top counts
        down to it. From then on it runs every 7 days at that time of your time zone, at most 12 times:{" "}
        <code>nextLocalTime</code> is what the clock shows then.
      </p>
      <p>
        <code>warnings</code> is empty. If an account were missing, or its token about to expire, a sentence there would
        say so, and the queue would be made all the same.
      </p>
    </>
  ),
  WatchItGoOut: (
    <>
      <h2>each change as it happens</h2>
      <p>
        Nothing at first: a subscription waits. Once the queue falls due there is a new publication on each platform,{" "}
        <code>SCHEDULED</code> and a moment later <code>PUBLISHED</code>, with the <code>url</code> at which it stands.
      </p>
      <p>The answer shows the latest change. The posts themselves are on the sandbox timeline, top right.</p>
    </>
  ),
  ReadTheLedger: (
    <>
      <h2>what became of it</h2>
      <p>
        Your queues, and the last entry in the ledger of each. <code>explanation</code> says it to a person;{" "}
        <code>scheduledTime</code> is when it was due, <code>executedTime</code> when it ran, and <code>post</code> the
        clone that went out.
      </p>
      <p>
        <code>EXECUTED</code> means that a clone was made. <code>SKIPPED</code> and <code>FAILED</code> have a{" "}
        <code>reason</code>: what did not go out is here as well.
      </p>
    </>
  ),
  KnowAhead: (
    <>
      <h2>what comes next</h2>
      <p>
        The next ten occurrences of all your queues in one list: <code>scheduledTime</code> is when each runs, and{" "}
        <code>localTime</code> what the clock of the queue's time zone shows then.
      </p>
      <p>
        <code>obstacles</code> is empty. If an account were missing then, its token expired, or the same text just out, a{" "}
        <code>code</code> and a sentence would say so, while there is time to do something about it.
      </p>
    </>
  ),
  Steer: (
    <>
      <h2>what each step makes of it</h2>
      <p>
        After the first three, the next occurrences of the queue: one that is <code>skipped</code>, one with the time it
        was <code>movedFrom</code>, and what was skipped back again. Moving one leaves those after it where they are.
      </p>
      <p>
        <code>count</code> is how many queues were paused, and went on. The last step is an <code>extra</code> run: it is
        in the ledger, and the next time of the queue stays.
      </p>
    </>
  ),
  MyQueues: (
    <>
      <h2>your queues</h2>
      <p>
        The ten that run next: when, and how often they have run already. A queue that waits for its next time is{" "}
        <code>ACTIVE</code>; without any queue the list is empty.
      </p>
      <p>
        An error stands in <code>errors</code>, with a <code>code</code> in its <code>extensions</code>.{" "}
        <code>UNAUTHENTICATED</code> means that the token in Headers is missing, has expired, or is not of this service's
        issuer.
      </p>
    </>
  ),
};

// Shows the open tab's preview as long as the tab has no answer and has not been run.
export function Previews() {
  const { tabs, activeTabIndex, responseEditor, isFetching } = useGraphiQL((state) => state);
  const [isEmpty, setEmpty] = useState(true);
  useEffect(() => {
    if (!responseEditor) return undefined;
    const look = () => setEmpty(!responseEditor.getValue());
    look();
    const listening = responseEditor.onDidChangeModelContent(look);
    return () => listening.dispose();
  }, [responseEditor]);
  const preview = PREVIEWS[tabs[activeTabIndex]?.title];
  const pane = responseEditor?.getContainerDomNode().closest(".graphiql-response");
  if (!pane || !preview || !isEmpty || isFetching) return null;
  return createPortal(
    <section className="preview" aria-label="What the answer will show">
      <p className="preview-lead">Run it, and here you will see</p>
      {preview}
    </section>,
    pane,
  );
}
