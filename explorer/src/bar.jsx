import { useEffect, useState } from "react";

// The line above GraphiQL: whose page it is, what happens next, and the way to the timeline.
export function Bar({ embedded, news }) {
  return (
    <header className="bar">
      <svg className="bar-logo" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <path d="M16 26V13m0 6c-6 0-8-4-8-8 6 0 8 4 8 8zm0-5c0-5 3-8 8-8 0 5-3 8-8 8z" />
      </svg>
      <h1 className="bar-title">
        Perennial <span>explorer</span>
      </h1>
      <p className="bar-news" role="status">
        {news.due ? <Countdown {...news} /> : news.words}
      </p>
      {embedded && (
        <a className="bar-link" href="/sandbox/" target="perennial-timeline">
          Sandbox timeline
        </a>
      )}
    </header>
  );
}

function Countdown({ words, due }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    setNow(Date.now());
    const ticking = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(ticking);
  }, [due]);
  const seconds = Math.ceil((due - now) / 1000);
  if (seconds <= 0) return <>The queue has fallen due. ReadTheLedger says what came of it.</>;
  return (
    <>
      {words} <b>The queue falls due in {seconds} s.</b>
    </>
  );
}
