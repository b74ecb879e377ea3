"use client";
// Vercel AI SDK (@ai-sdk/react 4), the page: a chat with thumbs beside each answer. Goes where
// your chat is, beside thumbs.jsx of the folder above; that file says which server it talks to.
// To change: the looks. What counts is the line with <Thumbs>; its token comes from route.js.
import { useState } from "react";
import { useChat } from "@ai-sdk/react";
import { Thumbs } from "../thumbs.jsx";

export function Chat({ endpoint }) {
  const { messages, sendMessage, status } = useChat(); // asks /api/chat
  const [text, setText] = useState("");

  const submit = (event) => {
    event.preventDefault();
    sendMessage({ text });
    setText("");
  };

  return (
    <main>
      {messages.map(({ id, role, parts, metadata }) => (
        <article key={id} className={role}>
          <p id={id}>{parts.map((part) => (part.type === "text" ? part.text : ""))}</p>
          {metadata?.token && <Thumbs token={metadata.token} for={id} endpoint={endpoint} />}
        </article>
      ))}
      <form onSubmit={submit}>
        <input
          aria-label="Message" required
          value={text} onChange={(event) => setText(event.target.value)}
        />
        <button disabled={status !== "ready" && status !== "error"}>Send</button>
      </form>
    </main>
  );
}
