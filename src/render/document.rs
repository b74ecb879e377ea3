//! The documents in `docs/` as pages: Markdown in, HTML out. Owns pulldown-cmark.

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};
use rust_embed::RustEmbed;
use serde::Serialize;

/// Documents that stand at the top of the repository, by the name they have here.
const TOP_LEVEL: [(&str, &str); 3] = [
    ("changelog", include_str!("../../CHANGELOG.md")),
    ("privacy", include_str!("../../PRIVACY.md")),
    ("security", include_str!("../../SECURITY.md")),
];

#[derive(RustEmbed)]
#[folder = "docs/"]
struct Docs;

/// One document, ready to be shown.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    /// The text of its first heading.
    pub(crate) title: String,
    /// All of it.
    pub(crate) html: String,
}

/// A heading of the index and the documents under it.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    /// What they have in common.
    title: String,
    pages: Vec<Link>,
}

/// A document by its title.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    title: String,
    address: String,
}

/// The Markdown of a document, by its name without `.md`.
pub(crate) fn source(name: &str) -> Option<String> {
    if let Some((_, text)) = TOP_LEVEL.iter().find(|(it, _)| *it == name) {
        return Some((*text).to_owned());
    }
    String::from_utf8(Docs::get(&format!("{name}.md"))?.data.into_owned()).ok()
}

/// A document as HTML, by its name without `.md`.
pub(crate) fn document(name: &str) -> Option<Document> {
    let text = source(name)?;
    let mut events: Vec<Event<'_>> = parser(&text).map(with_address).collect();
    without_test_marks(&mut events);
    let title = name_headings(&mut events).unwrap_or_else(|| name.to_owned());
    let mut rendered = String::with_capacity(text.len() * 2);
    html::push_html(&mut rendered, events.into_iter());
    // Wide tables scroll by themselves, not with the page.
    let rendered = rendered
        .replace("<table>", "<div class=\"wide\"><table>")
        .replace("</table>", "</table></div>");
    Some(Document { title, html: rendered })
}

/// What there is to read: the headings and links of `docs/index.md`.
pub(crate) fn contents() -> Vec<Section> {
    let text = source("index").expect("docs/index.md is embedded");
    let mut sections: Vec<Section> = Vec::new();
    let (mut heading, mut address) = (false, None);
    for event in parser(&text).map(with_address) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => heading = true,
            Event::End(TagEnd::Heading(_)) => heading = false,
            Event::Text(title) if heading => {
                sections.push(Section { title: title.into_string(), pages: Vec::new() });
            }
            Event::Start(Tag::Link { dest_url, .. }) => address = Some(dest_url.into_string()),
            Event::Text(title) => {
                if let (Some(address), Some(section)) = (address.take(), sections.last_mut()) {
                    section.pages.push(Link { title: title.into_string(), address });
                }
            }
            _ => {}
        }
    }
    sections
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// Turns a link between files of the repository into one between pages.
fn with_address(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = CowStr::from(address(&dest_url));
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        other => other,
    }
}

/// Where a file of the repository is served; other addresses stay as they are.
fn address(link: &str) -> String {
    let (path, fragment) = link.split_once('#').map_or((link, None), |(a, b)| (a, Some(b)));
    let file = path.rsplit('/').next().unwrap_or(path);
    let page = match file.strip_suffix(".md") {
        _ if link.contains("://") || path.is_empty() => return link.to_owned(),
        Some("index") => "/docs".to_owned(),
        Some(name) => format!("/docs/{}", name.to_lowercase()),
        None if file == "openapi.json" => "/openapi.json".to_owned(),
        None => return link.to_owned(),
    };
    fragment.map_or(page.clone(), |fragment| format!("{page}#{fragment}"))
}

/// What a `console` block says to the test that runs it is nothing for readers: that a command
/// fails, and what of its output may differ.
fn without_test_marks(events: &mut [Event<'_>]) {
    let mut inside = false;
    for event in events {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                inside = language.as_ref() == "console";
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                let lines = text.lines().filter(|line| !line.starts_with("? "));
                let shown = lines.map(|line| if line == "..." { "…" } else { line });
                let shown = shown.collect::<Vec<_>>().join("\n").replace("[..]", "…");
                *text = CowStr::from(shown.trim_end().to_owned() + "\n");
            }
            _ => {}
        }
    }
}

/// Gives each heading an id made from its text. Returns the text of the first.
fn name_headings(events: &mut [Event<'_>]) -> Option<String> {
    let mut first = None;
    for at in 0..events.len() {
        if !matches!(events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let text: String = events[at..]
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
            *id = Some(CowStr::from(slug(&text)));
        }
        first.get_or_insert(text);
    }
    first
}

/// A heading as a fragment, the way forges make it: lower case, hyphens for spaces.
fn slug(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_files_become_links_between_pages() {
        for (link, page) in [
            ("index.md", "/docs"),
            ("numbers.md", "/docs/numbers"),
            ("numbers.md#coverage", "/docs/numbers#coverage"),
            ("../PRIVACY.md", "/docs/privacy"),
            ("openapi.json", "/openapi.json"),
            ("https://example.org/a.md", "https://example.org/a.md"),
            ("#here", "#here"),
            ("/docs/api", "/docs/api"),
        ] {
            assert_eq!(address(link), page);
        }
    }

    #[test]
    fn what_a_console_block_says_to_its_test_is_not_shown() {
        let page = document("import").expect("embedded");
        assert!(page.html.contains("$ thumbwheel import"), "{}", page.html);
        assert!(!page.html.contains("? failed") && !page.html.contains("[..]"), "{}", page.html);
    }

    #[test]
    fn every_document_is_listed_once_and_every_link_leads_somewhere() {
        let listed: Vec<_> = contents().into_iter().flat_map(|section| section.pages).collect();
        let top_level = TOP_LEVEL.iter().map(|(name, _)| (*name).to_owned());
        let files = Docs::iter().filter_map(|file| file.strip_suffix(".md").map(str::to_owned));
        for name in files.chain(top_level) {
            let page = document(&name).expect("embedded");
            assert!(!page.title.is_empty(), "{name} starts with a heading");
            let here = format!("/docs/{name}");
            let count = listed.iter().filter(|link| link.address == here).count();
            assert_eq!(count, usize::from(name != "index"), "docs/index.md lists {name}");
            for link in page.html.split("href=\"").skip(1) {
                let link = link.split('"').next().expect("a quoted address");
                assert_leads_somewhere(&name, link);
            }
        }
    }

    fn assert_leads_somewhere(from: &str, link: &str) {
        let (path, fragment) = link.split_once('#').map_or((link, ""), |(a, b)| (a, b));
        let name = match path {
            "" => from,
            "/docs" => "index",
            "/docs/api" | "/openapi.json" => return,
            path if path.starts_with("https://") => return,
            path => path.strip_prefix("/docs/").unwrap_or_else(|| panic!("{from}: {link}")),
        };
        let page = document(name).unwrap_or_else(|| panic!("{from}: no page {link}"));
        let id = format!("id=\"{fragment}\"");
        assert!(fragment.is_empty() || page.html.contains(&id), "{from}: no heading {link}");
    }
}
