"use client";
// Thumbs for React 19, also where a server renders: put this file among your components and
// change ENDPOINT. With a token, which your server makes:
//
//   <Thumbs token={token} />
//
// or, where no server of yours knows the user, with a publishable key:
//
//   <Thumbs publishableKey="tw_pk_…" responseId={message.id} action-type="todo" />
//
// Every other attribute of <thumbs-feedback> may be given as it is.
import { useEffect, useRef } from "react";

const ENDPOINT = "https://feedback.example";

export function Thumbs({
  endpoint = ENDPOINT, publishableKey, responseId, context, onSaved, onError, ...attributes
}) {
  const ref = useRef(null);

  // React keeps `key` to itself. Without an id the element does nothing, so it never acts before
  // it has the key, also when it was rendered on a server.
  useEffect(() => {
    const known = { key: publishableKey, "response-id": responseId };
    for (const [name, value] of Object.entries(known)) {
      if (value == null) ref.current.removeAttribute(name);
      else ref.current.setAttribute(name, value);
    }
  }, [publishableKey, responseId]);

  // React gives objects only to an element whose script is there already, and neither objects nor
  // listeners to one that a server has rendered.
  useEffect(() => {
    ref.current.context = context ?? null;
  }, [context]);

  useEffect(() => {
    const element = ref.current;
    const saved = (event) => onSaved?.(event.detail);
    const error = (event) => onError?.(event.detail);
    element.addEventListener("thumbs-saved", saved);
    element.addEventListener("thumbs-error", error);
    return () => {
      element.removeEventListener("thumbs-saved", saved);
      element.removeEventListener("thumbs-error", error);
    };
  }, [onSaved, onError]);

  // React moves the script into the head, and there is one, however many thumbs ask for it.
  return (
    <>
      <script type="module" async src={`${endpoint}/w/v1.js`} />
      <thumbs-feedback ref={ref} endpoint={endpoint} {...attributes} />
    </>
  );
}
