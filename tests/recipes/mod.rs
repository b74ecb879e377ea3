//! The recipes in `dist/recipes` do what they say: each runs as a stranger would copy it, and a
//! click ends in the store.

mod ai_sdk;
mod assistant_ui;
mod plain;
mod python;
mod react;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::browser::{self, Context, Page};
use crate::support::node::Modules;
use crate::support::stage::Stage;
use crate::support::{ALL_SCOPES, Client, Server, folder, key, store};

fn folder_of_recipes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/recipes")
}

/// The text of a recipe.
#[track_caller]
fn recipe(name: &str) -> String {
    let path = folder_of_recipes().join(name);
    fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()))
}

/// The text with a placeholder filled in, which must be there.
#[track_caller]
fn filled(text: &str, placeholder: &str, value: &str) -> String {
    assert!(text.contains(placeholder), "there is no {placeholder} to fill in");
    text.replace(placeholder, value)
}

/// A server, an app of another origin, and a browser.
struct World {
    server: Server,
    stage: Stage,
    context: Context,
    app: Client,
    data: TempDir,
}

impl World {
    /// None where there is no browser, and that is wanted.
    fn new() -> Option<Self> {
        let context = browser::context()?;
        let data = folder();
        let server = Server::start(data.path());
        let app = server.client_with(&key(data.path(), ALL_SCOPES));
        Some(Self { server, stage: Stage::new(), context, app, data })
    }

    /// Where the server is, for a page.
    fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Logs an answer; the reply has the token of its page.
    fn token(&mut self, id: &str, user: &str) -> String {
        let answer = json!({ "message_id": id, "user_id": user });
        let reply = self.app.post("/api/responses", &answer).expect(200).json();
        reply["token"].as_str().expect("a token").to_owned()
    }

    /// A page with this bundle, which finds `window.endpoint` and an element `root`.
    fn host(&self, bundle: &[u8], root: &str) -> String {
        self.stage.file("/bundle.js", "text/javascript", bundle);
        format!(
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>App</title>\
             <link rel=icon href=data:,></head><body><div id=root>{root}</div>\
             <script>window.endpoint = '{}'</script><script type=module src=/bundle.js></script>\
             </body></html>",
            self.url(),
        )
    }

    /// Opens such a page.
    fn open(&self, bundle: &[u8]) -> Page {
        self.stage.page("/", &self.host(bundle, ""), &[]);
        self.context.open(&self.stage.url("/"))
    }

    /// The current feedback as message, thumb and trust.
    fn thumbs(&self) -> Vec<(String, String, String)> {
        let db = store::open(self.data.path());
        let sql = "select message_id, feedback, trust from thumbs order by message_id, user_id";
        let mut statement = db.prepare(sql).expect("the table is there");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.expect("readable").collect::<Result<_, _>>().expect("readable")
    }

    /// What the app finds when it asks with its secret key for the thumb of its own user.
    fn thumb_of(&mut self, user: &str, message: &str) -> Value {
        let ask = json!({ "message_ids": [message], "user_id": user });
        let reply = self.app.post("/api/feedback/mine", &ask).expect(200).json();
        reply["feedback"][0]["feedback"].clone()
    }
}

fn row(message: &str, thumb: &str, trust: &str) -> (String, String, String) {
    (message.to_owned(), thumb.to_owned(), trust.to_owned())
}

/// Clicks a thumb of the element that a selector finds, once it is there.
#[track_caller]
fn click(page: &Page, element: &str, thumb: &str) {
    let button =
        format!("document.querySelector(\"{element}\")?.shadowRoot?.querySelector('.{thumb}')");
    page.wait_for(&button);
    page.eval(
        "window.saved ??= (addEventListener('thumbs-saved', \
         (event) => saved.push(event.detail)), []), 1",
    );
    page.click(&button);
}

/// Waits for so many answers of the server since the first click.
#[track_caller]
fn saved(page: &Page, n: usize) {
    page.wait_for(&format!("saved.length === {n}"));
}

/// What esbuild makes of recipes and of files of the test, the first of which it begins with.
#[track_caller]
fn bundle(
    modules: &Modules,
    recipes: &[&str],
    files: &[(&str, &str)],
    options: &[&str],
) -> Vec<u8> {
    let project = tempfile::Builder::new().prefix("recipe-").tempdir_in(modules.folder());
    let project = project.expect("a folder");
    let texts: Vec<_> = recipes.iter().map(|name| (*name, recipe(name))).collect();
    let texts = texts.iter().map(|(name, text)| (*name, text.as_str()));
    for (name, text) in texts.chain(files.iter().copied()) {
        let path = project.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(&path, text).expect("writable");
    }
    let entry = project.path().join(files[0].0).display().to_string();
    let mut arguments = vec![
        &*entry,
        "--bundle",
        "--format=esm",
        "--target=es2022",
        "--jsx=automatic",
        "--log-level=warning",
    ];
    arguments.extend(options);
    let output = modules.tool("esbuild", &arguments, "");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    output.stdout
}

/// For a browser; React complains there of what it does not like.
const FOR_PAGES: [&str; 1] = ["--define:process.env.NODE_ENV=\"development\""];

/// For Node, which finds the packages by itself.
const FOR_NODE: [&str; 2] = ["--platform=node", "--packages=external"];

/// The names of all recipes, with the folder that they lie in.
fn names() -> BTreeSet<String> {
    let root = folder_of_recipes();
    let (mut names, mut folders) = (BTreeSet::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("below it");
                names.insert(name.to_str().expect("UTF-8").to_owned());
            }
        }
    }
    names
}

#[test]
fn every_recipe_is_run_by_a_test_and_named_in_the_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: PathBuf| fs::read_to_string(path).expect("readable");
    let files = fs::read_dir(root.join("tests/recipes")).expect("readable");
    let files = files.map(|it| it.expect("readable").path());
    let tests: String = files.filter(|it| !it.ends_with("mod.rs")).map(read).collect();
    let guide = read(root.join("docs/widget.md"));
    let names = names();
    assert!(names.len() >= 8, "only {names:?}");
    for name in names {
        assert!(tests.contains(&format!("\"{name}\"")), "no test runs {name}");
        assert!(guide.contains(&format!("`dist/recipes/{name}`")), "docs/widget.md lacks {name}");
        let says = recipe(&name).to_lowercase().contains("change");
        assert!(says || name == "feedback_token.py", "{name} does not say what to change");
    }
}
