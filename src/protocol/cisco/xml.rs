//! XML of the servers as a small tree, read by local name and bounded on every side.
//!
//! It refuses namespaces, document types and every entity but the five of XML itself, so that nothing can grow while it is
//! read. Elements are found by name at whatever depth, shallowest first: the servers' own documents differ in nesting.
#![deny(clippy::indexing_slicing)]

use crate::machine::visible_line;
use quick_xml::XmlVersion;
use quick_xml::escape::escape;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Longer documents, in bytes, are refused before they are read.
const LONGEST: usize = 8 << 20;
/// Elements within elements.
const DEEPEST: usize = 64;
/// Elements in all.
const MOST: usize = 65_536;
/// Attributes of one element.
const ATTRIBUTES: usize = 64;

/// Why a document could not be read: what it should have been, and what came. Safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What was expected, as in `the answer of clusterUser`.
    pub expected: &'static str,
    /// What came instead, as in `a page for people (HTML)`.
    pub found: String,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} was expected, and {} came", self.expected, self.found)
    }
}

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Node>,
}

impl Node {
    /// An empty element.
    #[must_use]
    pub fn new(name: &str) -> Node {
        Node { name: name.to_owned(), ..Node::default() }
    }

    /// An element with text.
    #[must_use]
    pub fn leaf(name: &str, text: impl Into<String>) -> Node {
        Node { name: name.to_owned(), text: text.into(), ..Node::default() }
    }

    /// With one attribute more.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, value: impl Into<String>) -> Node {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// With one child more.
    #[must_use]
    pub fn with(mut self, child: Node) -> Node {
        self.children.push(child);
        self
    }

    /// With children more.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Node>) -> Node {
        self.children.extend(children);
        self
    }

    /// With a child that has this text, empty or not.
    #[must_use]
    pub fn with_leaf(self, name: &str, text: impl Into<String>) -> Node {
        self.with(Node::leaf(name, text))
    }

    /// With a child that has this text, where there is any.
    #[must_use]
    pub fn with_optional(self, name: &str, text: Option<impl ToString>) -> Node {
        match text {
            Some(text) => self.with_leaf(name, text.to_string()),
            None => self,
        }
    }

    /// Its local name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is called so, whatever the case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Its own text, without white space around it; none where there is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// An attribute by local name, whatever the case; none where it is empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Its attributes, in order.
    #[must_use]
    pub fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }

    /// Its children, in order.
    #[must_use]
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The first element below this one that is called so: the shallowest, and among those the foremost.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&Node> {
        let mut waiting: VecDeque<&Node> = self.children.iter().collect();
        while let Some(node) = waiting.pop_front() {
            if node.is(name) {
                return Some(node);
            }
            waiting.extend(&node.children);
        }
        None
    }

    /// All elements below this one that are called so, in the order of the document; not those within such a one.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&Node> {
        let mut found = Vec::new();
        let mut waiting: Vec<&Node> = self.children.iter().rev().collect();
        while let Some(node) = waiting.pop() {
            if node.is(name) {
                found.push(node);
            } else {
                waiting.extend(node.children.iter().rev());
            }
        }
        found
    }

    /// The text of [`Node::first`].
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.first(name)?.text()
    }

    /// The text of [`Node::first`], owned.
    #[must_use]
    pub fn string_of(&self, name: &str) -> Option<String> {
        self.text_of(name).map(ToOwned::to_owned)
    }

    /// The text of [`Node::first`] as a number; none where it is none.
    #[must_use]
    pub fn number_of<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.text_of(name)?.parse().ok()
    }

    /// The text of [`Node::first`] as a truth value.
    #[must_use]
    pub fn flag_of(&self, name: &str) -> Option<bool> {
        flag(self.text_of(name)?)
    }

    /// As a document in UTF-8.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        self.write_into(&mut out);
        out.into_bytes()
    }

    fn write_into(&self, out: &mut String) {
        let _ = write!(out, "<{}", self.name);
        for (name, value) in &self.attributes {
            let value = escaped(value).replace('\n', "&#10;").replace('\t', "&#9;");
            let _ = write!(out, " {name}=\"{value}\"");
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        let _ = write!(out, ">{}", escaped(&self.text));
        for child in &self.children {
            child.write_into(out);
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

/// `true`, `false`, `on`, `off`, `1` and `0`, whatever the case; none for anything else.
#[must_use]
pub fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "1" | "yes" | "enabled" => Some(true),
        "false" | "off" | "0" | "no" | "disabled" => Some(false),
        _ => None,
    }
}

/// Reads a document that is, or holds, an element called `name`.
///
/// # Errors
/// Says that `expected` was, and what came instead.
pub fn parse(bytes: &[u8], name: &str, expected: &'static str) -> Result<Node, Unreadable> {
    let root = parse_any(bytes, expected)?;
    if root.is(name) {
        return Ok(root);
    }
    let found = format!("an element “{}”", visible_line(&root.name));
    root.first(name).cloned().ok_or(Unreadable { expected, found })
}

/// Reads a document whatever its root is called, HTML excepted.
///
/// # Errors
/// Says that `expected` was, and what came instead.
pub fn parse_any(bytes: &[u8], expected: &'static str) -> Result<Node, Unreadable> {
    read(bytes).map_err(|found| Unreadable { expected, found })
}

fn read(bytes: &[u8]) -> Result<Node, String> {
    if bytes.len() > LONGEST {
        return Err(format!("a document of {} bytes", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "something that is not text in UTF-8".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err("nothing".to_owned());
    }
    if let Some(wrong) =
        text.chars().find(|letter| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}'))
    {
        return Err(format!("text with a control character (U+{:04X})", u32::from(wrong)));
    }
    let mut reader = Reader::from_str(text);
    let (mut open, mut elements, mut root): (Vec<Node>, usize, Option<Node>) = (Vec::new(), 0, None);
    loop {
        let at = reader.buffer_position();
        match reader.read_event().map_err(|why| broken(at, &why.to_string()))? {
            Event::Start(tag) => {
                elements += 1;
                let node = opened(&tag, elements, open.len(), root.is_some())?;
                open.push(node);
            }
            Event::Empty(tag) => {
                elements += 1;
                let node = opened(&tag, elements, open.len(), root.is_some())?;
                closed(node, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(node) = open.pop() {
                    closed(node, &mut open, &mut root);
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content()).map_err(|why| broken(at, why))?,
            Event::CData(text) => add(&mut open, &text.xml10_content()).map_err(|why| broken(at, why))?,
            Event::GeneralRef(name) => {
                let letter =
                    resolved(&name).ok_or_else(|| "XML with an entity that is not one of XML’s own five".to_owned())?;
                add(&mut open, letter.encode_utf8(&mut [0; 4])).map_err(|why| broken(at, why))?;
            }
            Event::DocType(text) => {
                let html = text.trim_start().get(..4).is_some_and(|word| word.eq_ignore_ascii_case("html"));
                return Err(if html { PAGE.to_owned() } else { "XML with a document type, which is not read".to_owned() });
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if !open.is_empty() => return Err("XML that breaks off".to_owned()),
            Event::Eof => return root.ok_or_else(|| "text that is no XML".to_owned()),
        }
    }
}

/// A captive portal, a sign-in page, an error for people.
const PAGE: &str = "a page for people (HTML)";

fn broken(at: u64, why: &str) -> String {
    format!("text that is no XML ({}, at byte {at})", visible_line(why))
}

fn opened(tag: &BytesStart<'_>, elements: usize, depth: usize, after_root: bool) -> Result<Node, String> {
    let name = local(tag.name().as_ref()).to_owned();
    if depth == 0 && name.eq_ignore_ascii_case("html") {
        return Err(PAGE.to_owned());
    }
    if depth == 0 && after_root {
        return Err("more than one document".to_owned());
    }
    if elements > MOST || depth >= DEEPEST {
        return Err(format!("XML with more than {MOST} elements, or {DEEPEST} within each other"));
    }
    if !is_name(&name) {
        return Err(format!("an element called “{}”", visible_line(&name)));
    }
    let mut node = Node { name, ..Node::default() };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|why| format!("an attribute that is none ({})", visible_line(&why.to_string())))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|why| format!("an attribute that cannot be read ({})", visible_line(&why.to_string())))?;
        if node.attributes.len() == ATTRIBUTES {
            return Err(format!("an element with more than {ATTRIBUTES} attributes"));
        }
        if let Some(wrong) = value.chars().find(|letter| !allowed(*letter)) {
            return Err(format!("an attribute with a control character (U+{:04X})", u32::from(wrong)));
        }
        node.attributes.push((local(attribute.key.as_ref()).to_owned(), value.into_owned()));
    }
    Ok(node)
}

fn closed(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *root = Some(node),
    }
}

fn add(open: &mut [Node], text: &str) -> Result<(), &'static str> {
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text outside of any element"),
    }
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().filter(|letter| allowed(*letter));
    }
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}

/// XML 1.0 §2.2, Char.
fn allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().map(|letter| if allowed(letter) { letter } else { '\u{fffd}' }).collect();
    escape(&text).replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        parse(text.as_bytes(), "a", "a test").unwrap_err().found
    }

    #[test]
    fn elements_are_found_by_local_name_shallowest_first() {
        let text = "\u{feff}<?xml version='1.0'?><!-- c --><x:A xmlns:x='u' x:k=' v '><b><name>deep</name></b><x:Name> a&lt;b&#33; <![CDATA[<c>]]></x:Name></x:A>";
        let node = parse(text.as_bytes(), "a", "a test").unwrap();
        assert_eq!(node.text_of("name"), Some("a<b! <c>"));
        assert_eq!(node.attribute("K"), Some("v"));
        assert_eq!(node.all("NAME").len(), 2);
        let wrapped = parse(b"<w><v><a><b>1</b></a></v></w>", "a", "a test").unwrap();
        assert_eq!(wrapped.number_of::<u8>("b"), Some(1));
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let node = Node::new("a")
            .with_attribute("k", "\" <&> '\r\n\t")
            .with_leaf("b", "x\r\ny & <z> \u{1f4de}")
            .with(Node::new("c").with(Node::new("d")))
            .with_optional("e", None::<u8>)
            .with_optional("f", Some(7));
        assert_eq!(parse_any(&node.write(), "a test"), Ok(node));
        let controls = Node::leaf("a", "x\u{1b}\0y");
        assert_eq!(parse_any(&controls.write(), "a test").unwrap().text(), Some("x\u{fffd}\u{fffd}y"));
    }

    #[test]
    fn what_is_no_such_document_says_what_it_is() {
        for (text, says) in [
            ("", "nothing"),
            ("  \n", "nothing"),
            ("hello", "no XML"),
            ("{\"json\":1}", "no XML"),
            ("<!DOCTYPE html><html><body>Sign in<br></body>", "a page for people (HTML)"),
            ("<HTML><body>HTTP Status 401<br></body></HTML>", "a page for people (HTML)"),
            ("<b/>", "an element “b”"),
            ("<a><b></a>", "no XML"),
            ("<a><b>", "breaks off"),
            ("<a", "no XML"),
            ("<a/><a/>", "more than one document"),
            ("<a>\u{1b}[2J</a>", "control character (U+001B)"),
            ("<a>&#27;</a>", "entity"),
            ("<a b='&#27;'/>", "control character"),
            ("<a>&secret;</a>", "entity"),
            ("<a b='&secret;'/>", "cannot be read"),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type"),
            ("<a b='1' b='2'/>", "attribute that is none"),
            ("<a><1/></a>", "an element called “1”"),
        ] {
            let said = found(text);
            assert!(said.contains(says), "{text}: {said}");
        }
        assert!(parse(&[0xff, 0xfe, b'<', 0], "a", "a test").unwrap_err().to_string().contains("UTF-8"));
    }

    #[test]
    fn bombs_do_not_go_off() {
        let laughs = "<!DOCTYPE lolz [<!ENTITY l 'lol'><!ENTITY m '&l;&l;&l;&l;&l;&l;&l;&l;'>]><a>&m;</a>";
        assert!(found(laughs).contains("document type"));
        assert!(found(&"<a>".repeat(100_000)).contains("within each other"));
        assert!(found(&format!("<a>{}</a>", "<b/>".repeat(100_000))).contains("more than 65536 elements"));
        let attributes: String = (0..100).map(|at| format!(" k{at}='v'")).collect();
        assert!(found(&format!("<a{attributes}/>")).contains("64 attributes"));
        assert!(found(&" ".repeat(LONGEST + 1)).contains("a document of"));
    }
}
