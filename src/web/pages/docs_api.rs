//! `/docs/api`: the API reference, made from the same document that `/openapi.json` serves.

use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::web::error::Error;
use crate::web::openapi;

/// The whole reference.
#[derive(Serialize)]
struct Page {
    groups: Vec<Group>,
}

/// The routes of one noun.
#[derive(Serialize)]
struct Group {
    name: String,
    routes: Vec<Route>,
}

#[derive(Serialize)]
struct Route {
    method: String,
    path: String,
    title: Prose,
    parameters: Vec<Field>,
    body: Vec<Field>,
    /// Whether the body may be a list of such objects.
    many: bool,
}

#[derive(Serialize)]
struct Field {
    name: String,
    kind: String,
    required: bool,
    text: Prose,
}

/// A sentence cut at its back-ticks: plain text and code in turn.
type Prose = Vec<String>;

/// Shows the reference.
pub(in crate::web) async fn show() -> Result<Response, Error> {
    let document = openapi::document();
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in object(&document["paths"]) {
        for (method, operation) in object(methods) {
            let name = operation["tags"][0].as_str().unwrap_or("other").to_owned();
            let route = route(&document, path, method, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.routes.push(route),
                None => groups.push(Group { name, routes: vec![route] }),
            }
        }
    }
    super::respond("docs_api.html", &Page { groups })
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().map(Map::iter).into_iter().flatten()
}

fn route(document: &Value, path: &str, method: &str, operation: &Value) -> Route {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let many = schema["type"] == "array";
    let schema = if many { &schema["items"] } else { schema };
    Route {
        method: method.to_uppercase(),
        path: path.to_owned(),
        title: prose(operation, "summary"),
        parameters: operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| field(parameter, &text(parameter, "name"), &parameter["schema"]))
            .collect(),
        body: fields(document, schema),
        many,
    }
}

/// The fields of a body, required ones first.
fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) else {
        return Vec::new();
    };
    let schema = &document["components"]["schemas"][name];
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|list| list.iter().any(|it| it == name))
    };
    let mut fields: Vec<_> = object(&schema["properties"])
        .map(|(name, property)| Field {
            required: required(name),
            ..field(property, name, property)
        })
        .collect();
    fields.sort_by_key(|field| !field.required);
    fields
}

fn field(described: &Value, name: &str, schema: &Value) -> Field {
    Field {
        name: name.to_owned(),
        kind: kind(schema),
        required: described["required"].as_bool().unwrap_or(false),
        text: prose(described, "description"),
    }
}

/// A type in a word or two.
fn kind(schema: &Value) -> String {
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", kind_of_items(schema)),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
        _ => schema["$ref"]
            .as_str()
            .or_else(|| schema["oneOf"][1]["$ref"].as_str())
            .and_then(|path| path.rsplit('/').next())
            .unwrap_or("any")
            .to_owned(),
    }
}

fn kind_of_items(schema: &Value) -> String {
    kind(&schema["items"])
}

fn prose(value: &Value, key: &str) -> Prose {
    let text = text(value, key);
    if text.is_empty() { Vec::new() } else { text.split('`').map(str::to_owned).collect() }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
