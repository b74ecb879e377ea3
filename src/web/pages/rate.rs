//! `/rate`: where a link in a message leads. The feedback token stands behind the `#`, which
//! browsers keep to themselves, so that it is in no log; and opening the page writes nothing,
//! because programs that look for harmful links open every one.

use axum::response::Response;
use serde::Serialize;

use super::Script;
use crate::web::error::Error;
use crate::web::widget::{EMBED, Embed};

const SCRIPT: Script = Script::new(include_str!("../../../assets/static/rate.js"));

#[derive(Serialize)]
struct Page {
    widget: &'static Embed,
    script: &'static str,
}

/// Shows the page.
pub(in crate::web) async fn show() -> Result<Response, Error> {
    let page = Page { widget: &EMBED, script: SCRIPT.text };
    super::respond_with("rate.html", &page, &SCRIPT)
}
