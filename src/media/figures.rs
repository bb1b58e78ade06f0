//! What a leg has counted (RFC 3550 §6.4): the words of the engine's figures, without knowing the engine.

/// One call's sound in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets received and accepted.
    pub packets_received: u64,
    /// RTP payload octets sent.
    pub octets_sent: u64,
    /// RTP payload octets received.
    pub octets_received: u64,
    /// Expected less received; never below zero here.
    pub lost: u64,
    /// Interarrival jitter in milliseconds (RFC 3550 §6.4.1).
    pub jitter_ms: f64,
    /// Milliseconds that a packet waits in the jitter buffer before it is heard, now.
    pub buffer_ms: f64,
    /// Round-trip time in milliseconds from RTCP, where it is known.
    pub round_trip_ms: Option<f64>,
    /// Our level, 0 … 1.
    pub level_out: f32,
    /// The far side's level, 0 … 1.
    pub level_in: f32,
}
