//! The fields of a response, which feedback, imports and responses all may bring.

use crate::model::Invalid;
use crate::model::text;

/// Declares a request body with fields of its own and all fields of a response, and the way
/// from the latter to a [`ResponsePatch`](crate::model::response::ResponsePatch). Unknown fields
/// are refused. (Serde's `flatten` cannot do both.)
macro_rules! body_with_response_fields {
    ($(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($own)*
            /// The chat that the response belongs to.
            #[serde(default)]
            #[schema(value_type = Option<String>, max_length = 256)]
            conversation_id: Patch<String>,
            /// The prompt.
            #[serde(default)]
            #[schema(value_type = Option<String>, max_length = 200_000)]
            user_message: Patch<String>,
            /// The answer.
            #[serde(default)]
            #[schema(value_type = Option<String>, max_length = 200_000)]
            assistant_response: Patch<String>,
            /// The whole exchange, as chat messages.
            #[serde(default)]
            #[schema(value_type = Option<Vec<Object>>)]
            messages: Patch<serde_json::Value>,
            /// The tools that were offered.
            #[serde(default)]
            #[schema(value_type = Option<Vec<Object>>)]
            tools: Patch<serde_json::Value>,
            /// What the AI did.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            action_type: Patch<String>,
            /// Its context.
            #[serde(default)]
            #[schema(value_type = Option<Object>)]
            action_data: Patch<serde_json::Value>,
            /// The model that answered.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            model: Patch<String>,
            /// The version of the prompt that was used.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            prompt_version: Patch<String>,
            /// The experiment that the response took part in.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            experiment: Patch<String>,
            /// The arm of that experiment.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            variant: Patch<String>,
            /// Why the model stopped.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            finish_reason: Patch<String>,
            /// Tokens used.
            #[serde(default)]
            #[schema(value_type = Option<Object>)]
            usage: Patch<serde_json::Value>,
        }

        impl $name {
            /// Checks the fields of the response and takes them out of the body.
            fn take_response(&mut self) -> Result<ResponsePatch, Invalid> {
                use crate::model::action::{ActionData, ActionType};
                use crate::web::api::fields::{array, free, label, object};
                use std::mem::take;
                Ok(ResponsePatch {
                    conversation_id: label("conversation_id", take(&mut self.conversation_id))?,
                    user_message: free("user_message", take(&mut self.user_message))?,
                    assistant_response: free(
                        "assistant_response",
                        take(&mut self.assistant_response),
                    )?,
                    messages: array("messages", take(&mut self.messages))?,
                    tools: array("tools", take(&mut self.tools))?,
                    action_type: take(&mut self.action_type).try_map(ActionType::parse)?,
                    action_data: take(&mut self.action_data)
                        .try_map(|value| ActionData::parse(&value))?,
                    model: label("model", take(&mut self.model))?,
                    prompt_version: label("prompt_version", take(&mut self.prompt_version))?,
                    experiment: label("experiment", take(&mut self.experiment))?,
                    variant: label("variant", take(&mut self.variant))?,
                    finish_reason: label("finish_reason", take(&mut self.finish_reason))?,
                    usage: object("usage", take(&mut self.usage))?,
                })
            }
        }
    };
}
pub(super) use body_with_response_fields;

use crate::model::patch::Patch;

/// A short name of something.
pub(super) fn label(field: &'static str, patch: Patch<String>) -> Result<Patch<String>, Invalid> {
    let max = match field {
        "conversation_id" => text::ID_CHARS_MAX,
        _ => text::LABEL_CHARS_MAX,
    };
    patch.try_map(|value| text::label(field, value, max))
}

/// Text of any kind.
pub(super) fn free(field: &'static str, patch: Patch<String>) -> Result<Patch<String>, Invalid> {
    patch.try_map(|value| text::free(field, value))
}

/// A JSON array, as canonical text.
pub(super) fn array(
    field: &'static str,
    patch: Patch<serde_json::Value>,
) -> Result<Patch<String>, Invalid> {
    patch.try_map(|value| {
        if !value.is_array() {
            return Err(Invalid::new(field, "must be a JSON array"));
        }
        text::json(field, &value, text::EXCHANGE_KEYS_MAX).map(|()| value.to_string())
    })
}

/// A JSON object, as canonical text.
pub(super) fn object(
    field: &'static str,
    patch: Patch<serde_json::Value>,
) -> Result<Patch<String>, Invalid> {
    patch.try_map(|value| {
        if !value.is_object() {
            return Err(Invalid::new(field, "must be a JSON object"));
        }
        text::json(field, &value, text::JSON_KEYS_MAX).map(|()| value.to_string())
    })
}

/// The reasons of a feedback.
pub(super) fn reasons(patch: Patch<Vec<String>>) -> Result<Patch<Vec<String>>, Invalid> {
    patch.try_map(|list| {
        if list.len() > text::REASONS_MAX {
            let rule = format!("must be at most {} in number", text::REASONS_MAX);
            return Err(Invalid::new("reasons", rule));
        }
        list.into_iter()
            .map(|reason| text::label("reasons", reason, text::LABEL_CHARS_MAX))
            .collect()
    })
}
