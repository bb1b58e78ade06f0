//! A domain that a link or a file of the administrator names.

use crate::machine::visible_line;

/// It, in lower case and without its final dot.
///
/// # Errors
/// It is none: a sentence for people.
pub fn domain(text: &str) -> Result<String, String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    };
    if name.len() <= 253 && name.split('.').all(label) && name.parse::<std::net::Ipv4Addr>().is_err() {
        return Ok(name);
    }
    Err(format!("“{}” is no domain: write it as in lab.example.", visible_line(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_no_domain() {
        assert_eq!(domain("Voice.Lab.example.").as_deref(), Ok("voice.lab.example"));
        for wrong in ["", ".", "a b", "http://lab.example", "lab..example", "x\u{1b}[2J.example", "192.0.2.1", &"x".repeat(64)]
        {
            assert!(domain(wrong).is_err(), "{wrong:?}");
        }
    }
}
