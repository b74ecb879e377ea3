/** Types of the widget `<thumbs-feedback>`, served next to it as `/w/v1.d.ts`. */

export type Thumb = "up" | "down" | null;

export type SignalKind = "copy" | "regenerate" | "retry" | "edit" | "dwell";

/** What the server holds for one response and one user. */
export interface Feedback {
  message_id: string;
  feedback: "up" | "down";
  reasons: string[] | null;
  comment: string | null;
  correction: string | null;
  created_at?: string;
  updated_at?: string;
}

export interface VoteDetail {
  responseId: string;
  value: Thumb;
  previous: Thumb;
}

export interface SavedDetail {
  responseId: string;
  value: Thumb;
  /** Null after a vote was taken back. */
  feedback: Feedback | null;
}

export interface ErrorDetail {
  responseId: string;
  value: Thumb;
  status: number;
  /** The code of the problem details, or "opted_out". */
  code?: string;
  detail?: string;
}

/** All bubble and cross shadow roots. */
export interface ThumbsFeedbackEventMap {
  /** Before a vote; preventDefault() stops it. */
  "thumbs-vote": CustomEvent<VoteDetail>;
  /** The server has confirmed, perhaps much later. */
  "thumbs-saved": CustomEvent<SavedDetail>;
  /** The server has refused for good and the thumb was set back. */
  "thumbs-error": CustomEvent<ErrorDetail>;
}

/** Texts that can be replaced; a reason is "reason.<id>". */
export type TextName =
  | "group" | "up" | "down" | "more"
  | "saved" | "removed" | "queued" | "failed" | "optedOut" | "thanks"
  | "legendDown" | "legendUp" | "comment" | "edit" | "correction" | "send" | "close" | "opened"
  | `reason.${string}`;

export type Strings = Partial<Record<TextName, string>>;

export interface ThumbsFeedback extends HTMLElement {
  /** The thumb that is shown. Setting it sends nothing. */
  value: Thumb;
  /** Sent as action_data with a vote; goes before the attribute `context`. */
  context: Record<string, unknown> | null;
  /** Replaces texts of the language in use. */
  strings: Strings | undefined;
  /** The text a correction starts from; goes before `response` and `for`. */
  answer: string | null;
  /** The same as a click, or null to take back; false when nothing was sent. */
  vote(value: Thumb): boolean;
  /** Forget what is shown, on this page only. */
  reset(): void;
  /** Open the form for the chosen thumb. */
  open(): void;
  /** Send an implicit signal; `value` is the milliseconds of "dwell". */
  signal(kind: SignalKind, value?: number): void;

  addEventListener<K extends keyof ThumbsFeedbackEventMap>(
    type: K,
    listener: (this: ThumbsFeedback, event: ThumbsFeedbackEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: HTMLElement, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Turn feedback off in this browser: elements disappear and nothing is sent any more. */
export function optOut(): void;

/** Turn feedback on again. */
export function optIn(): void;

export interface ThumbsFeedbackAttributes {
  "response-id"?: string;
  value?: Thumb;
  "action-type"?: string;
  /**
   * A JSON object as text. (An object becomes "[object Object]" where React renders the element
   * before the script has come; set the property `context` through a ref for that.)
   */
  context?: string;
  user?: string;
  token?: string;
  endpoint?: string;
  /** Ids with commas between them, or "none". */
  reasons?: string;
  "no-comment"?: boolean | "";
  "no-correction"?: boolean | "";
  "ask-up"?: boolean | "";
  disabled?: boolean;
  lang?: string;
  variant?: string;
  prompt?: string;
  response?: string;
  /** Id of the element that holds the answer. */
  for?: string;
  /** "copy", "dwell" or both. */
  signals?: string;
  /**
   * Listeners as React 19 attaches them, but not to an element that a server has rendered: there,
   * use addEventListener through a ref, as the recipe for React does.
   */
  "onthumbs-vote"?: (event: ThumbsFeedbackEventMap["thumbs-vote"]) => void;
  "onthumbs-saved"?: (event: ThumbsFeedbackEventMap["thumbs-saved"]) => void;
  "onthumbs-error"?: (event: ThumbsFeedbackEventMap["thumbs-error"]) => void;
}

/** `key` is also React's own list key: set the attribute with `ref` or use a token there. */
interface ThumbsFeedbackElementProps extends ThumbsFeedbackAttributes {
  key?: string | number | bigint | null;
  ref?: unknown;
  id?: string;
  class?: string;
  className?: string;
  style?: unknown;
  hidden?: boolean;
  slot?: string;
  dir?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "thumbs-feedback": ThumbsFeedback;
  }

  interface HTMLElementEventMap extends ThumbsFeedbackEventMap {}

  namespace JSX {
    interface IntrinsicElements {
      "thumbs-feedback": ThumbsFeedbackElementProps;
    }
  }
}

// @ts-ignore: not an error in projects without React.
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "thumbs-feedback": ThumbsFeedbackElementProps;
    }
  }
}
