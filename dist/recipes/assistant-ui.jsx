// assistant-ui (@assistant-ui/react 0.15): its own thumbs, ActionBarPrimitive.FeedbackPositive
// and FeedbackNegative, send what the user says of an answer. Put this file beside your runtime,
// and change the address of the server:
//
//   const runtime = useLocalRuntime(model, {
//     adapters: { feedback: feedbackAdapter("https://feedback.example") },
//   });
//
// Each answer has to bring its token, which your server makes, in what `model.run` returns:
//
//   return { content, metadata: { custom: { token } } };
//
// and be complete before it is rated: <ActionBarPrimitive.Root hideWhenRunning>.
//
// assistant-ui itself keeps which thumb was chosen, so nothing is asked back. It knows no
// taking back; for that, for reasons and for retries use thumbs.jsx in place of its buttons.

export const feedbackAdapter = (endpoint) => ({
  submit({ message, type, comment }) {
    const token = message.metadata.custom.token;
    if (!token) return console.warn("thumbwheel: an answer without a token");
    const feedback = {
      token,
      feedback: type === "positive" ? "up" : "down",
      comment,
      client_ts: new Date().toISOString(), // of two clicks the later one stands
    };
    fetch(`${endpoint}/api/feedback`, {
      method: "POST",
      // As plain text, so that the browser does not ask for permission first.
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify(feedback),
      keepalive: true, // also when the page is left right after the click
    })
      .then(async (reply) => reply.ok || Promise.reject(await reply.text()))
      .catch((problem) => console.warn("thumbwheel:", problem));
  },
});
