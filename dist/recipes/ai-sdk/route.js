// Vercel AI SDK (ai 7), the server: app/api/chat/route.js of Next.js, or any other place that
// takes a Request and gives a Response. Logs each answer, and gives the page its token with the
// last chunk; so the thumbs of chat.jsx appear when the answer is complete.
//
// To change: ./app.js, which is yours. In the environment: THUMBWHEEL_URL, and THUMBWHEEL_KEY
// (thumbwheel key create --scope ingest). An answer that a page continues keeps the id that the
// page says: if users must not be trusted with ids, load `messages` from a store of your own.
import {
  convertToModelMessages, createUIMessageStreamResponse, generateId, streamText, toUIMessageStream,
} from "ai";
import { model, userOf } from "./app.js"; // a model of the AI SDK, and request => id of the user

const textOf = (message) =>
  message?.parts.map((part) => (part.type === "text" ? part.text : "")).join("");

export async function POST(request) {
  const { messages } = await request.json();
  const result = streamText({ model, messages: await convertToModelMessages(messages) });
  const stream = toUIMessageStream({
    stream: result.stream,
    // Both; else the server sends no id, and the page makes one up that nobody else knows.
    originalMessages: messages,
    generateMessageId: generateId,
  });
  const last = messages.at(-1);
  const logged = withToken({
    user_id: await userOf(request),
    model: model.modelId ?? model,
    user_message: textOf(messages.findLast((message) => message.role === "user")),
    assistant_response: last.role === "assistant" ? textOf(last) : "", // goes on after a tool
  });
  return createUIMessageStreamResponse({ stream: stream.pipeThrough(logged) });
}

function withToken(response) {
  return new TransformStream({
    async transform(chunk, controller) {
      if (chunk.type === "start") response.message_id = chunk.messageId;
      if (chunk.type === "text-delta") response.assistant_response += chunk.delta;
      if (chunk.type === "finish") {
        const token = await log({ ...response, finish_reason: chunk.finishReason });
        chunk = { ...chunk, messageMetadata: { ...chunk.messageMetadata, token } };
      }
      controller.enqueue(chunk);
    },
  });
}

// The token of the reply. A chat goes on where feedback does not: then there are no thumbs.
async function log(response) {
  try {
    const reply = await fetch(`${process.env.THUMBWHEEL_URL}/api/responses`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${process.env.THUMBWHEEL_KEY}`,
      },
      body: JSON.stringify(response),
      signal: AbortSignal.timeout(2000),
    });
    if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
    return (await reply.json()).token;
  } catch (error) {
    console.warn("thumbwheel:", error);
  }
}
