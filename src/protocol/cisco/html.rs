//! The tags of an HTML page, as far as finding a form in it needs: no tree, no scripts, no character references.
//!
//! Comments, and what stands in scripts, styles, titles and text areas, hold no tags (HTML, "Tokenization"). What is cut
//! short is no tag. Bounded: a page may have 20,000 tags with 64 attributes each.
#![deny(clippy::indexing_slicing)]

/// Tags beyond these are not read.
const TAGS: usize = 20_000;
/// Attributes of a tag beyond these are not read.
const ATTRIBUTES: usize = 64;
/// Elements whose content is text.
const TEXT: [&str; 5] = ["script", "style", "title", "textarea", "noscript"];

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// In lower case; of a closing tag with a slash before it, as in `/form`.
    pub name: String,
    /// Names in lower case, values without their quotes.
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The first attribute of this name, which is in lower case; empty where it has no value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// All tags of a page, in order.
#[must_use]
pub fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        if found.len() == TAGS {
            break;
        }
        rest = after;
        if let Some(comment) = rest.strip_prefix("!--") {
            let Some((_, after)) = comment.split_once("-->") else { break };
            rest = after;
        } else if rest.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/') {
            let Some((tag, after)) = tag(rest) else { break };
            rest = if TEXT.contains(&tag.name.as_str()) { behind_text(&tag.name, after) } else { after };
            found.push(tag);
        }
    }
    found
}

/// What follows the text of an element `name`: its closing tag; nothing, where that never comes.
fn behind_text<'a>(name: &str, text: &'a str) -> &'a str {
    let closes = |at: usize| {
        let behind = text.get(at + 2..at + 2 + name.len());
        behind.is_some_and(|behind| behind.eq_ignore_ascii_case(name))
    };
    let end = text.match_indices("</").map(|(at, _)| at).find(|at| closes(*at));
    end.and_then(|end| text.get(end..)).unwrap_or_default()
}

/// The tag at the beginning of `text`, which is behind its `<`, and what is behind its `>`.
fn tag(text: &str) -> Option<(Tag, &str)> {
    let ends_name = |letter: char| letter.is_ascii_whitespace() || letter == '>';
    let (slash, text) = text.strip_prefix('/').map_or(("", text), |text| ("/", text));
    let (name, mut rest) = text.split_at_checked(text.find(|letter| ends_name(letter) || letter == '/')?)?;
    let mut tag = Tag { name: format!("{slash}{}", name.to_ascii_lowercase()), attributes: Vec::new() };
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return Some((tag, behind));
        }
        let (name, behind) = rest.split_at_checked(rest.find(|letter| ends_name(letter) || "=/".contains(letter))?)?;
        rest = behind.trim_start_matches(|letter: char| letter.is_ascii_whitespace());
        let mut value = "";
        if let Some(behind) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(behind.trim_start_matches(|letter: char| letter.is_ascii_whitespace()))?;
        }
        if tag.attributes.len() < ATTRIBUTES {
            tag.attributes.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
}

/// A value with or without quotes, and what is behind it.
fn attribute_value(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(text) = text.strip_prefix(quote) {
            return text.split_once(quote);
        }
    }
    text.split_at_checked(text.find(|letter: char| letter.is_ascii_whitespace() || letter == '>')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(page: &str) -> Vec<String> {
        tags(page).into_iter().map(|tag| tag.name).collect()
    }

    #[test]
    fn tags_and_attributes_are_read_as_browsers_read_them() {
        let page = "a < b <P CLASS = x><img src=a/b alt><br/><input\nname=\"a > b\" Value='c'/ =d></P >";
        assert_eq!(names(page), ["p", "img", "br", "input", "/p"]);
        let input = &tags(page)[3];
        assert_eq!((input.attribute("name"), input.attribute("value")), (Some("a > b"), Some("c")));
        assert_eq!((tags(page)[1].attribute("src"), tags(page)[1].attribute("alt")), (Some("a/b"), Some("")));
    }

    #[test]
    fn text_and_comments_hold_no_tags() {
        assert_eq!(
            names("<script>a<b></b></SCRIPT><i><!-- <u> --><title><u></title>"),
            ["script", "/script", "i", "title", "/title"]
        );
        assert_eq!(names("<script><a>"), ["script"]);
        assert_eq!(names("<i><!-- <u>"), ["i"]);
    }

    #[test]
    fn what_is_cut_short_is_no_tag() {
        for cut in ["<", "</", "<a", "<a b", "<a b=", "<a b='c", "<a b=c", "<a /"] {
            assert!(names(cut).is_empty(), "{cut}");
        }
        assert_eq!(tags(&"<a>".repeat(TAGS + 5)).len(), TAGS);
    }
}
