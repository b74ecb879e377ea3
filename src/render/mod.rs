//! Templates, documents and other files that are part of the binary. Owns minijinja, rust-embed
//! and pulldown-cmark.

pub(crate) mod document;

#[cfg(test)]
pub(crate) mod tests;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// Why a page could not be rendered: a mistake in a template.
#[derive(Debug, thiserror::Error)]
#[error("the template {name} does not render: {source:#}")]
pub(crate) struct RenderError {
    name: String,
    source: minijinja::Error,
}

/// An embedded file.
pub(crate) fn asset(name: &str) -> Option<Vec<u8>> {
    Assets::get(name).map(|file| file.data.into_owned())
}

/// Renders a template with its page. A variable that the page does not have is an error.
///
/// # Errors
/// When there is no such template, or it does not render.
pub(crate) fn page(name: &str, page: &impl Serialize) -> Result<String, RenderError> {
    let failed = |source| RenderError { name: name.to_owned(), source };
    environment().get_template(name).and_then(|it| it.render(Serde(page))).map_err(failed)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    environment.set_loader(|name| {
        let file = asset(&format!("templates/{name}"));
        Ok(file.and_then(|bytes| String::from_utf8(bytes).ok()))
    });
    environment
}
