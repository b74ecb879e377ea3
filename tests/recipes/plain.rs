//! `plain.html`: thumbs without a build step.

use super::{World, click, filled, recipe, row, saved};
use crate::support::{node, publishable_key};

/// The recipe with the address of the server.
fn page(world: &World) -> String {
    filled(&recipe("plain.html"), "https://feedback.example", &world.url())
}

#[test]
fn a_plain_page_votes_with_a_publishable_key() {
    let (Some(world), Some(modules)) = (World::new(), node::modules()) else { return };
    let publishable = publishable_key(world.data.path(), &world.stage.origin());
    let html = filled(&page(&world), "tw_pk_…", &publishable);
    world.stage.page("/", &html, &[]);
    let page = world.context.open(&world.stage.url("/"));
    click(&page, "thumbs-feedback", "down");
    saved(&page, 1);
    assert_eq!(world.thumbs(), [row("c-1", "down", "public")]);
    assert_eq!(page.eval("document.querySelectorAll('thumbs-feedback').length"), 1);
    assert_eq!(page.axe(modules), [""; 0]);
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn a_plain_page_of_a_server_votes_with_a_token() {
    let Some(mut world) = World::new() else { return };
    let token = world.token("c-7", "ana");
    // As the comment says: the other element in place of the first.
    let html = filled(&page(&world), "twm1.…", &token);
    let (before, rest) = html.split_once("<thumbs-feedback").expect("the first element");
    let (_, commented) = rest.split_once("<thumbs-feedback").expect("the other element");
    let html = format!("{before}<thumbs-feedback{}", filled(commented, "-->", ""));
    world.stage.page("/", &html, &[]);
    let page = world.context.open(&world.stage.url("/"));
    click(&page, "thumbs-feedback", "up");
    saved(&page, 1);
    assert_eq!(world.thumbs(), [row("c-7", "up", "signed")]);
    assert_eq!(world.thumb_of("ana", "c-7"), "up");
    assert_eq!(page.errors(), [""; 0]);
}
