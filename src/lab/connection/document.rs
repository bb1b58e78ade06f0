//! A document that is XML or JSON, as is asked for: JSON has the same names, `@` before those of attributes, and texts for
//! all values (fact sheet §11).

use quick_xml::escape::escape;
use serde_json::{Map, Value};

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Text(String),
    Elements(Vec<Element>),
    /// Elements that are a list: of one name, as many as there are.
    List(Vec<Element>),
}

impl Element {
    /// With a text.
    pub(super) fn text(name: &'static str, text: impl std::fmt::Display) -> Element {
        Element { name, attributes: vec![], content: Content::Text(text.to_string()) }
    }

    /// With other elements.
    pub(super) fn of(name: &'static str, elements: Vec<Element>) -> Element {
        Element { name, attributes: vec![], content: Content::Elements(elements) }
    }

    /// With a list of elements of one name, of which there are `total` in all.
    pub(super) fn list(name: &'static str, total: usize, elements: Vec<Element>) -> Element {
        Element { name, attributes: vec![("total", total.to_string())], content: Content::List(elements) }
    }

    /// As XML.
    pub(super) fn xml(&self) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>".to_owned();
        self.write_xml(&mut text);
        text
    }

    fn write_xml(&self, out: &mut String) {
        out.push_str(&format!("<{}", self.name));
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        match &self.content {
            Content::Text(text) if text.is_empty() => return out.push_str("/>"),
            Content::Text(text) => out.push_str(&format!(">{}", escape(text))),
            Content::Elements(elements) | Content::List(elements) => {
                out.push('>');
                elements.iter().for_each(|element| element.write_xml(out));
            }
        }
        out.push_str(&format!("</{}>", self.name));
    }

    /// As JSON; the root has no name there.
    pub(super) fn json(&self, single_as_object: bool) -> String {
        self.value(single_as_object).to_string()
    }

    fn value(&self, single_as_object: bool) -> Value {
        let attributes = self.attributes.iter().map(|(name, value)| (format!("@{name}"), Value::String(value.clone())));
        let mut object: Map<String, Value> = attributes.collect();
        match &self.content {
            Content::Text(text) => return Value::String(text.clone()),
            Content::Elements(elements) => {
                for element in elements {
                    object.insert(element.name.to_owned(), element.value(single_as_object));
                }
            }
            Content::List(elements) => {
                let mut values: Vec<Value> = elements.iter().map(|element| element.value(single_as_object)).collect();
                if let Some(first) = elements.first() {
                    let alone = single_as_object && values.len() == 1;
                    let value = if alone { values.remove(0) } else { Value::Array(values) };
                    object.insert(first.name.to_owned(), value);
                }
            }
        }
        Value::Object(object)
    }
}
