//! `feedback_token.py`, `token_server.py` and `link.py`, with the standard library of Python.

use std::io::{BufRead, BufReader, ErrorKind};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use super::{World, click, folder_of_recipes, recipe, row, saved};
use crate::support::command::run;
use crate::support::server::free_port;
use crate::support::{PATIENCE, Server, cli, folder, key, store};

/// Python, where the recipes lie; it leaves no compiled files there.
#[track_caller]
fn python() -> Command {
    let there = Command::new("python3").arg("-V").stdout(Stdio::null()).status();
    if there.is_err_and(|it| it.kind() == ErrorKind::NotFound) {
        panic!("there is no python3: install it (apt-get install python3)");
    }
    let mut python = Command::new("python3");
    python.arg("-B").current_dir(folder_of_recipes()).env("no_proxy", "*");
    python
}

/// A recipe that serves until it is dropped.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    /// Starts it and waits for the address that it prints.
    #[track_caller]
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("python3 can be started");
        let stdout = child.stdout.take().expect("it is piped");
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            // Nobody listens any more where the test has failed.
            let _ = BufReader::new(stdout).read_line(&mut line).map(|_| tell.send(line));
        });
        // Made before there is an address, so that a failure here ends the process, too.
        let mut serving = Self { child, url: String::new() };
        let line = told.recv_timeout(PATIENCE).expect("it says where it listens");
        serving.url = line.trim().to_owned();
        assert!(serving.url.starts_with("http://"), "{line:?}");
        serving
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of a row in the table of `docs/identity.md`.
fn told(part: &str) -> String {
    let guide = std::fs::read_to_string(folder_of_recipes().join("../../docs/identity.md"));
    let guide = guide.expect("readable");
    let line = guide.lines().find_map(|line| line.strip_prefix(&format!("| {part} | `")));
    line.and_then(|line| line.strip_suffix("` |")).expect("a row of the table").to_owned()
}

#[test]
fn the_function_in_the_guide_is_the_recipe_and_makes_the_token_that_it_shows() {
    let guide = std::fs::read_to_string(folder_of_recipes().join("../../docs/identity.md"));
    let guide = guide.expect("readable");
    let (_, block) = guide.split_once("```python\n").expect("a block of Python");
    let (block, _) = block.split_once("```").expect("its end");
    let text = recipe("feedback_token.py");
    let (_, code) = text.split_once("\"\"\"\n\n").expect("a first line, then code");
    assert_eq!(code, block);

    let script = "import sys; from feedback_token import feedback_token; \
        print(feedback_token(sys.argv[1], 'msg_1', 'user-7', 86400, 1798761600 - 86400))";
    let mut command = python();
    command.args(["-c", script, &told("signing key")]);
    assert_eq!(run(command, b"").expect(0).trim(), told("token"));
}

#[test]
fn a_python_server_signs_for_its_page_without_a_call() {
    let Some(mut world) = World::new() else { return };
    let signing = cli(world.data.path(), &["key", "create", "--signing"]).expect(0);
    let mut command = python();
    command.arg("token_server.py").env("PORT", "0");
    command.env("THUMBWHEEL_URL", world.url()).env("THUMBWHEEL_SIGNING_KEY", signing.trim());
    let serving = Serving::start(command);
    let before = store::counts(world.data.path());
    let page = world.context.open(&serving.url);
    assert_eq!(page.eval("document.getElementById('answer').textContent"), "Milk & bread.");
    assert_eq!(store::counts(world.data.path()), before, "showing the page writes nothing");
    click(&page, "thumbs-feedback", "up");
    saved(&page, 1);
    assert_eq!(world.thumbs(), [row("c-1", "up", "signed")]);
    assert_eq!(world.thumb_of("ana", "c-1"), "up");
    assert_eq!(page.errors(), [""; 0]);
    let source = page.eval("document.documentElement.outerHTML");
    assert!(!source.as_str().expect("text").contains("tw_fs_"), "the key stays on the server");
}

/// What `link.py` prints.
fn link(url: &str, secret: &str, arguments: &[&str]) -> crate::support::Output {
    let mut command = python();
    command.arg("link.py").args(arguments);
    command.env("THUMBWHEEL_URL", url).env("THUMBWHEEL_KEY", secret);
    run(command, b"")
}

#[test]
fn a_link_in_a_message_writes_when_it_is_clicked_behind_and_not_when_it_is_opened() {
    let Some(mut world) = World::new() else { return };
    let secret = key(world.data.path(), "ingest");
    let text = link(&world.url(), &secret, &["c-1", "ana@mail.example"]).expect(0);
    let slack = link(&world.url(), &secret, &["c-1", "ana@mail.example", "--slack"]).expect(0);
    let (words, address) = text.trim().rsplit_once(' ').expect("words and an address");
    assert_eq!(words, "Was this answer helpful?");
    let inside = slack.trim().strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    let (of_slack, words) = inside.and_then(|it| it.split_once('|')).expect("mrkdwn");
    assert_eq!(words, "Was this answer helpful?");
    for address in [address, of_slack] {
        let token = address.strip_prefix(&format!("{}/rate#", world.url())).expect("our page");
        let payload = token.split('.').nth(1).expect("a payload").as_bytes();
        let payload = data_encoding::BASE64URL_NOPAD.decode(payload).expect("base64url");
        let payload = String::from_utf8(payload).expect("text");
        assert!(!payload.contains("ana"), "no raw user id: {payload}");
    }

    let before = store::counts(world.data.path());
    let page = world.context.open(address);
    page.wait_for("document.querySelector('thumbs-feedback')?.shadowRoot?.querySelector('.up')");
    page.wait_for("performance.getEntriesByType('resource').some((it) => /mine/.test(it.name))");
    assert_eq!(store::counts(world.data.path()), before, "opening it writes nothing");
    click(&page, "thumbs-feedback", "down");
    saved(&page, 1);
    assert_eq!(world.thumbs(), [row("c-1", "down", "signed")]);
    assert_eq!(world.thumb_of("ana@mail.example", "c-1"), "down");
}

#[test]
fn a_link_that_can_not_be_made_says_why() {
    let data = folder();
    let server = Server::start(data.path());
    let output = link(&format!("http://{}", server.address()), "tw_sk_no_key", &["c-1", "ana"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("401") && output.stderr.contains("key"), "{}", output.stderr);
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let output = link(&nowhere, "tw_sk_no_key", &["c-1", "ana"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.starts_with("thumbwheel: "), "{}", output.stderr);
}
