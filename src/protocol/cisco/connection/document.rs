//! JSON and XML of one shape, as one tree: an object is an element, an array its repetition, `@name` an attribute. So a
//! message that comes as an object because it is the only one is read like one of an array of many.

use crate::machine::visible_line;
use crate::protocol::cisco::xml::{Node, Unreadable, parse_any};
use serde_json::{Map, Value};

/// Values in all, and values within values.
const MOST: usize = 65_536;
const DEEPEST: usize = 32;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`
    Json,
    /// `application/xml`
    Xml,
}

impl Format {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Xml => "application/xml",
        }
    }
}

/// Reads a document of either format; one in JSON becomes an element called `name`.
///
/// # Errors
/// Says that `expected` was, and what came instead.
pub fn parse(bytes: &[u8], name: &str, expected: &'static str) -> Result<Node, Unreadable> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'{') {
        let root = parse_any(bytes, expected)?;
        let found = || format!("an element “{}”", visible_line(root.name()));
        return if root.is(name) {
            Ok(root)
        } else {
            root.first(name).cloned().ok_or_else(|| Unreadable { expected, found: found() })
        };
    }
    let unreadable = |found: String| Unreadable { expected, found };
    let value: Value =
        serde_json::from_slice(bytes).map_err(|why| unreadable(format!("no JSON ({})", visible_line(&why.to_string()))))?;
    let Value::Object(object) = value else { return Err(unreadable("JSON that is no object".into())) };
    // As a document of one key, it is what that key names.
    let (object, name) = match object.get(name) {
        Some(Value::Object(inner)) if object.len() == 1 => (inner.clone(), name),
        _ => (object, name),
    };
    let mut left = MOST;
    node(name, object, DEEPEST, &mut left)
        .ok_or_else(|| unreadable(format!("JSON with more than {MOST} values, or {DEEPEST} within each other")))
}

/// Writes a document. In JSON the root has no name; texts are strings; an element that stands alone is an object, also
/// where there might be several: that is what these servers do.
#[must_use]
pub fn write(root: &Node, format: Format) -> Vec<u8> {
    match format {
        Format::Xml => root.write(),
        Format::Json => object(root).to_string().into_bytes(),
    }
}

fn node(name: &str, object: Map<String, Value>, depth: usize, left: &mut usize) -> Option<Node> {
    if depth == 0 {
        return None;
    }
    let mut root = Node::new(name);
    for (key, value) in object {
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        for value in values {
            *left = left.checked_sub(1)?;
            root = match (key.strip_prefix('@'), scalar(&value), value) {
                (Some(attribute), Some(text), _) => root.with_attribute(attribute, text),
                (None, Some(text), _) => root.with_leaf(&key, text),
                (None, None, Value::Object(inner)) => root.with(node(&key, inner, depth - 1, left)?),
                _ => root,
            };
        }
    }
    Some(root)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn value(node: &Node) -> Value {
    if node.children().is_empty() && node.attributes().is_empty() {
        return Value::String(node.text().unwrap_or_default().to_owned());
    }
    object(node)
}

fn object(node: &Node) -> Value {
    let mut object = Map::new();
    for (name, text) in node.attributes() {
        object.insert(format!("@{name}"), Value::String(text.clone()));
    }
    for child in node.children() {
        let next = value(child);
        match object.get_mut(child.name()) {
            None => drop(object.insert(child.name().to_owned(), next)),
            Some(Value::Array(values)) => values.push(next),
            Some(one) => *one = Value::Array(vec![one.take(), next]),
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_xml_of_one_shape_are_one_tree() {
        let json = br#"{"@total":"2","Message":[{"Subject":"a","Read":false},{"Subject":null,"Size":7}]}"#;
        let xml = b"<Messages total='2'><Message><Subject>a</Subject><Read>false</Read></Message><Message><Subject/><Size>7</Size></Message></Messages>";
        let tree = parse(json, "Messages", "a test").unwrap();
        let texts = |node: &Node| {
            node.all("Message").iter().map(|node| (node.string_of("Subject"), node.string_of("Size"))).collect::<Vec<_>>()
        };
        assert_eq!(texts(&tree), texts(&parse(xml, "Messages", "a test").unwrap()));
        assert_eq!(tree.attribute("total"), Some("2"));
        let one = parse(br#"{"Message":{"Subject":"a"}}"#, "Messages", "a test").unwrap();
        assert_eq!(one.all("Message").len(), 1);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
        let wide = format!("{{\"a\":[{}1]}}", "1,".repeat(70_000));
        for (bytes, says) in [
            ("{\"a\":", "no JSON"),
            ("[1]", "no XML"),
            ("<html>", "HTML"),
            ("", "nothing"),
            ("<Other/>", "an element “Other”"),
            (deep.as_str(), "within each other"),
            (wide.as_str(), "more than 65536 values"),
        ] {
            let said = parse(bytes.as_bytes(), "Messages", "a test").unwrap_err().to_string();
            assert!(said.contains(says), "{says}: {said}");
        }
    }
}
