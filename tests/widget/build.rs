//! What is served is what was built, is as small as it says, and is built from the source.

use std::path::PathBuf;

use data_encoding::{BASE64, HEXLOWER};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256, Sha384};
use std::io::Write;

use crate::support::http::Request;
use crate::support::{Server, folder, node};

/// Largest size of the part that every page loads, in bytes of gzip.
const CORE_BYTES_MAX: usize = 4_096;

fn widget(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/widget").join(path)
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(widget(path)).expect("readable")
}

#[test]
fn the_part_that_every_page_loads_has_at_most_4_kib() {
    let mut zip = GzEncoder::new(Vec::new(), Compression::best());
    zip.write_all(&read("built/v1.js")).expect("in memory");
    let bytes = zip.finish().expect("in memory").len();
    assert!(bytes <= CORE_BYTES_MAX, "{bytes} bytes");
}

#[test]
fn the_committed_build_is_made_from_the_source_byte_for_byte() {
    let Some(modules) = node::modules() else { return };
    let script = "process.env.THUMBWHEEL_NODE_MODULES = process.cwd() + '/node_modules';
        process.argv.push('--check');
        await import(process.argv.at(-2));";
    let build = widget("build.mjs");
    let output = modules.script(script, &[build.to_str().expect("UTF-8")]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);

    // The control: another source gives other bytes.
    let copy = tempfile::tempdir().expect("a folder");
    for folder in ["source", "built", "i18n"] {
        std::fs::create_dir(copy.path().join(folder)).expect("writable");
        for file in std::fs::read_dir(widget(folder)).expect("readable") {
            let file = file.expect("readable");
            let to = copy.path().join(folder).join(file.file_name());
            std::fs::copy(file.path(), to).expect("copied");
        }
    }
    let build = copy.path().join("build.mjs");
    std::fs::copy(widget("build.mjs"), &build).expect("copied");
    let source = copy.path().join("source/v1.js");
    let text = std::fs::read_to_string(&source).expect("readable");
    std::fs::write(&source, text + "\nexport const more = 1;\n").expect("writable");
    let output = modules.script(script, &[build.to_str().expect("UTF-8")]);
    assert_eq!(output.code, Some(1), "a build that does not fit its source must be noticed");
}

#[test]
fn the_types_fit_plain_typescript_and_react() {
    let Some(modules) = node::modules() else { return };
    let project = tempfile::Builder::new().prefix("types").tempdir_in(modules.folder());
    let project = project.expect("a folder");
    std::fs::copy(widget("v1.d.ts"), project.path().join("v1.d.ts")).expect("copied");
    let page = r#"
        import type { ThumbsFeedback, SavedDetail } from "./v1";
        const element = document.createElement("thumbs-feedback");
        const same: ThumbsFeedback = element;
        same.value = "up";
        same.vote(null);
        element.addEventListener("thumbs-saved", (event) => {
            const detail: SavedDetail = event.detail;
            console.log(detail.responseId, detail.feedback?.reasons);
        });
        // @ts-expect-error: there are two thumbs
        same.value = "sideways";
    "#;
    let react = r#"
        import "./v1";
        export const Answer = ({ id, token }: { id: string; token: string }) => (
            <thumbs-feedback response-id={id} token={token} ask-up
                context={JSON.stringify({ list: 7 })}
                onthumbs-saved={(event) => console.log(event.detail.value)} />
        );
    "#;
    std::fs::write(project.path().join("page.ts"), page).expect("writable");
    std::fs::write(project.path().join("react.tsx"), react).expect("writable");
    let path = |name: &str| project.path().join(name).display().to_string();
    let arguments = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
        "--jsx",
        "react-jsx",
        "--lib",
        "es2022,dom",
        &path("page.ts"),
        &path("react.tsx"),
    ];
    let output = modules.tool("tsc", &arguments, "");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.code, Some(0), "{said}");
}

#[test]
fn the_script_can_be_pinned_kept_and_loaded_from_any_origin() {
    let data = folder();
    let server = Server::start(data.path());
    let mut page = server.client();
    let script = read("built/v1.js");
    let newest = page.get("/w/v1.js").expect(200);
    assert_eq!(newest.body, script);
    assert_eq!(newest.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(newest.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(newest.header("access-control-allow-origin"), Some("*"));
    assert_eq!(newest.header("cross-origin-resource-policy"), Some("cross-origin"));

    let hash = &HEXLOWER.encode(&Sha256::digest(&script))[..12];
    let pinned = format!("/w/v1.{hash}.js");
    let twin = page.get(&pinned).expect(200);
    assert_eq!(twin.body, script);
    assert_eq!(twin.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let embed = page.get("/w/v1.json").expect(200).json();
    assert_eq!(embed["src"], pinned.as_str());
    let digest = BASE64.encode(&Sha384::digest(&script));
    assert_eq!(embed["integrity"], format!("sha384-{digest}").as_str());

    let etag = newest.header("etag").expect("a tag").to_owned();
    let again = page.send(&Request::get("/w/v1.js").header("if-none-match", &etag));
    assert!(again.expect(304).body.is_empty());
    let zipped = page.send(&Request::get(&pinned).header("accept-encoding", "br, gzip"));
    let zipped = zipped.expect(200);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.body.len() <= CORE_BYTES_MAX, "{} bytes", zipped.body.len());
    page.get("/w/v1.d.ts").expect(200);
    page.get("/w/i18n/de.json").expect(200);
    for missing in ["/w/v1.000000000000.js", "/w/form.js", "/w/i18n/xx.json", "/w/..%2fpage.css"] {
        page.get(missing).expect(404);
    }
}

/// Each part that a script loads by itself has a name that the server knows.
#[test]
fn the_parts_name_one_another_by_what_they_hold() {
    let data = folder();
    let server = Server::start(data.path());
    let script = String::from_utf8(read("built/v1.js")).expect("text");
    for part in std::fs::read_dir(widget("built")).expect("readable") {
        let name = part.expect("readable").file_name().into_string().expect("text");
        if name == "v1.js" {
            continue;
        }
        let hash = HEXLOWER.encode(&Sha256::digest(read(&format!("built/{name}"))));
        let hashed = name.replace(".js", &format!(".{}.js", &hash[..12]));
        assert!(script.contains(&hashed), "v1.js does not load {hashed}");
        let served = server.client().get(&format!("/w/{hashed}")).expect(200);
        assert_eq!(served.body, read(&format!("built/{name}")));
    }
}
