//! The wall clock, for the few things that are about when a person does something.

use blueline_mission::terms::Moment;

/// What the clock says.
#[expect(clippy::disallowed_methods, reason = "a mark says when it was made, and what is too old depends on today")]
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment::from_nanos(0).plus(since)
}
