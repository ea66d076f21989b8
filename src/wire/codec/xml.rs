use super::{Coding, Part, bounds, text_of};
use crate::wire::Raw;
use crate::wire::pattern::value_text;
use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// A text message is one XML element, as a tree in which nothing depends on prefixes, the order of attributes or white
/// space between elements: `{ "#name" = "message", xmlns = "…", "@to" = "…", body = [{ "#text" = "…" }] }`. Children are
/// lists under their local names; `xmlns` is written where it is not the parent's. An attribute of a namespace is
/// `@{namespace}name`, those of XML itself `@xml:lang` and the like. [`bounds::xml`] says how much it may be, so that what
/// recurses here ends.
pub(super) struct Xml;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

impl Coding for Xml {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let text = text_of(raw)?;
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        bounds::xml(text)?;
        let document = Document::parse(text).map_err(|error| format!("not XML: {error}"))?;
        let root = document.root_element();
        let mut map = Map::new();
        map.insert("#name".to_owned(), root.tag_name().name().into());
        read(root, None, &mut map);
        Ok(vec![Part::Message(Value::Object(map), None)])
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        if let Some(text) = value.as_str() {
            return Ok(vec![Raw::Text(text.into())]);
        }
        let name = value.get("#name").and_then(Value::as_str).ok_or("an XML element needs its `#name`")?;
        let mut out = String::new();
        write(name, value, &mut out)?;
        Ok(vec![Raw::Text(out.into())])
    }
}

fn read(node: Node<'_, '_>, inherited: Option<&str>, map: &mut Map<String, Value>) {
    let namespace = node.tag_name().namespace();
    if namespace != inherited {
        map.insert("xmlns".to_owned(), namespace.unwrap_or_default().into());
    }
    for attribute in node.attributes() {
        let name = match attribute.namespace() {
            None => format!("@{}", attribute.name()),
            Some(XML) => format!("@xml:{}", attribute.name()),
            Some(namespace) => format!("@{{{namespace}}}{}", attribute.name()),
        };
        map.insert(name, attribute.value().into());
    }
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            let mut inner = Map::new();
            read(child, namespace, &mut inner);
            let list = map.entry(child.tag_name().name().to_owned()).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(Value::Object(inner));
            }
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    // White space between elements is no text; white space alone in an element without children is.
    if !text.is_empty() && (!text.trim().is_empty() || !node.children().any(|child| child.is_element())) {
        map.insert("#text".to_owned(), text.into());
    }
}

fn write(name: &str, value: &Value, out: &mut String) -> Result<(), String> {
    check_name(name)?;
    let _ = write!(out, "<{name}");
    let empty = Map::new();
    let map = match value {
        Value::Object(map) => map,
        scalar @ (Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
            let _ = write!(out, ">{}</{name}>", escape(&value_text(scalar)));
            return Ok(());
        }
        Value::Null => &empty,
        Value::Array(_) => return Err(format!("the XML element `{name}` is a list within a list")),
    };
    for (key, value) in map {
        let attribute = if key == "xmlns" { Some("xmlns") } else { key.strip_prefix('@') };
        if let Some(attribute) = attribute {
            check_name(attribute)?;
            let _ = write!(out, " {attribute}=\"{}\"", escape(&value_text(value)));
        }
    }
    let mut inner = map.get("#text").map(|text| escape(&value_text(text))).unwrap_or_default();
    for (key, value) in map.iter().filter(|(key, _)| !key.starts_with(['#', '@']) && *key != "xmlns") {
        match value {
            Value::Array(list) => list.iter().try_for_each(|value| write(key, value, &mut inner))?,
            one => write(key, one, &mut inner)?,
        }
    }
    let _ = if inner.is_empty() { write!(out, "/>") } else { write!(out, ">{inner}</{name}>") };
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    if !name.is_empty()
        && name.chars().all(good)
        && !name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'))
    {
        return Ok(());
    }
    Err(format!("`{name}` is not a name of an XML element or attribute"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
