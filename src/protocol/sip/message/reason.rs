//! The reason phrase that a status code carries when nobody gives another (RFC 3261 §21 and the RFCs that add codes).

/// The registered phrase of `status`; for an unknown code that of its class (RFC 3261 §8.1.3.2).
#[must_use]
pub fn reason_phrase(status: u16) -> String {
    // Where the name in rsip is not the phrase without its spaces.
    match status {
        181 => "Call Is Being Forwarded".into(),
        408 => "Request Timeout".into(),
        414 => "Request-URI Too Long".into(),
        416 => "Unsupported URI Scheme".into(),
        429 => "Provide Referrer Identity".into(),
        480 => "Temporarily Unavailable".into(),
        481 => "Call/Transaction Does Not Exist".into(),
        500 => "Server Internal Error".into(),
        504 => "Server Time-out".into(),
        606 => "Not Acceptable".into(),
        _ => match rsip::StatusCode::from(status) {
            rsip::StatusCode::Other(..) => class_phrase(status).into(),
            known => words(known.to_string().split_once(' ').map_or("", |(_, name)| name)),
        },
    }
}

fn class_phrase(status: u16) -> &'static str {
    match status {
        100..200 => "Session Progress",
        200..300 => "OK",
        300..400 => "Multiple Choices",
        400..500 => "Bad Request",
        500..600 => "Server Internal Error",
        _ => "Busy Everywhere",
    }
}

/// `BusyHere` as `Busy Here`; a run of capitals stays together.
fn words(name: &str) -> String {
    let mut phrase = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_small {
            phrase.push(' ');
        }
        after_small = !letter.is_ascii_uppercase();
        phrase.push(letter);
    }
    phrase
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_those_of_the_standard() {
        for (status, phrase) in [
            (100, "Trying"),
            (180, "Ringing"),
            (200, "OK"),
            (407, "Proxy Authentication Required"),
            (481, "Call/Transaction Does Not Exist"),
            (486, "Busy Here"),
            (487, "Request Terminated"),
            (488, "Not Acceptable Here"),
            (603, "Decline"),
            (499, "Bad Request"),
            (299, "OK"),
        ] {
            assert_eq!(reason_phrase(status), phrase);
        }
    }
}
