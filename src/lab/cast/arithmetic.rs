//! Sums that people ask each other: two numbers and what is to be done with them.

/// The answer to `12 * 7` or `what is 3 plus 4?`; none where it is no sum.
pub(super) fn answer(text: &str) -> Option<String> {
    let spaced: String = text
        .chars()
        .flat_map(|letter| {
            let sign = "+*/×÷?=".contains(letter);
            let space = sign.then_some(' ');
            space.into_iter().chain([letter]).chain(space)
        })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.windows(3).find_map(|three| {
        let [left, sign, right] = three else { return None };
        let (left, right) = (number(left)?, number(right)?);
        let result = match sign.to_ascii_lowercase().as_str() {
            "+" | "plus" | "and" => left.checked_add(right)?,
            "-" | "−" | "minus" => left.checked_sub(right)?,
            "*" | "×" | "x" | "times" => left.checked_mul(right)?,
            "/" | "÷" | "over" if right == 0 => return Some("Nobody can divide by zero.".into()),
            "/" | "÷" | "over" if left % right != 0 => {
                return Some(format!("{} and {} over {right}.", left / right, (left % right).abs()));
            }
            "/" | "÷" | "over" => left / right,
            _ => return None,
        };
        Some(format!("{left} {sign} {right} is {result}."))
    })
}

/// A number of at most nine digits.
pub(super) fn number(word: &str) -> Option<i64> {
    let word = word.trim_matches(|letter: char| ".,!?".contains(letter));
    (word.len() <= 10).then(|| word.parse().ok()).flatten()
}
