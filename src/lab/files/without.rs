//! Leaves elements out of a document that we wrote ourselves.

/// The document without every element of these names, and what is in them.
pub(super) fn without(mut document: String, names: &[String]) -> String {
    for name in names {
        while let Some((from, to)) = place(&document, name) {
            document.replace_range(from..to, "");
        }
    }
    document
}

fn place(document: &str, name: &str) -> Option<(usize, usize)> {
    let open = format!("<{name}");
    let ends_name = |at: &usize| document.get(at + open.len()..).is_some_and(|rest| rest.starts_with(['>', ' ', '/']));
    let from = document.match_indices(&open).map(|(at, _)| at).find(ends_name)?;
    let rest = document.get(from..)?;
    let head = rest.find('>')? + 1;
    if rest.get(..head)?.ends_with("/>") {
        return Some((from, from + head));
    }
    let close = format!("</{name}>");
    Some((from, from + rest.find(&close)? + close.len()))
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn elements_go_with_what_is_in_them() {
        let left = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            without("<a><b x=\"1\"><c/>t</b><bb/><b/><d>u</d></a>".into(), &names)
        };
        assert_eq!(left(&["b"]), "<a><bb/><d>u</d></a>");
        assert_eq!(left(&["c", "d"]), "<a><b x=\"1\">t</b><bb/><b/></a>");
        assert_eq!(left(&["a"]), "");
        assert_eq!(left(&["none"]), left(&[]));
    }
}
