//! Queues that are empty most of the time, and long for a moment: a roster of five hundred, a stream of messages.

use std::collections::VecDeque;

/// Room that an empty queue keeps.
const AT_REST: usize = 16;

/// Takes the first of a queue. Its last one gone, it gives back the room that a burst has made it take.
pub fn take<T>(queue: &mut VecDeque<T>) -> Option<T> {
    let first = queue.pop_front();
    if queue.is_empty() {
        queue.shrink_to(AT_REST);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_burst_has_taken_is_given_back_in_the_end() {
        let mut queue: VecDeque<usize> = (0..1000).collect();
        assert!((0..999).all(|number| take(&mut queue) == Some(number)));
        assert!(queue.capacity() >= 1000, "while something is in it, nothing is moved");
        assert_eq!(take(&mut queue), Some(999));
        assert!(queue.capacity() < 100);
        assert_eq!(take(&mut queue), None);
    }
}
