//! Small parts that the others are made of.

use blueline_terms::picture::Conversation;
use blueline_terms::{Address, Confidence, Crossing, Network, Place, Traffic};
use maud::{Markup, html};

use super::Page;
use crate::{seal_of, units, words};

/// All traffic between different sides.
pub(super) fn crossed(crossings: &[Crossing]) -> Traffic {
    crossings.iter().fold(Traffic::default(), |mut sum, crossing| {
        sum += crossing.traffic;
        sum
    })
}

/// An amount in words.
pub(super) fn amount(traffic: Traffic) -> String {
    let (packets, flows) = (units::of(traffic.packets, "packet", "packets"), units::of(traffic.flows, "flow", "flows"));
    format!("{} in {packets}, {flows}", units::bytes(traffic.bytes))
}

/// A table cell with bytes: short to read, exact in its title, sortable.
pub(super) fn bytes_cell(label: &str, bytes: u64) -> Markup {
    let exact = format!("{} bytes", units::grouped(bytes));
    html! { td.num data-l=(label) data-v=(bytes) title=(exact) { (units::bytes(bytes)) } }
}

/// A table cell with a count.
pub(super) fn count_cell(label: &str, count: u64) -> Markup {
    html! { td.num data-l=(label) data-v=(count) title=(units::grouped(count)) { (units::count(count)) } }
}

/// A heading of a column of numbers, sortable where the script runs.
pub(super) fn number_head(title: &str) -> Markup {
    html! { th.num scope="col" data-s { (title) } }
}

/// A share as CSS.
pub(super) fn css(share: f64) -> String {
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}

/// A small meter beside its figure.
pub(super) fn meter(share: f64) -> Markup {
    html! { span.meter aria-hidden="true" { i style={ "--w:" (css(share)) } {} } (units::percent(share)) }
}

impl Page<'_> {
    /// One end of a conversation: side, address, safe area, and on what that rests.
    pub(super) fn end(&self, one: &Conversation, address: Address, place: &Place) -> Markup {
        let area = place.safe_area.and_then(|area| self.mission.safe_area(area));
        html! {
            div.end {
                div { (self.side(place.side)) @if let Some(area) = area { " " span.pill { (area.class) } } }
                span.mono { @if one.network == Network::Other { "unreadable" } @else { (address) } }
                span.grounds {
                    span class={ "conf " (place.confidence) } { (place.confidence) } " confidence: " (place.grounds)
                    @if let Some(origin) = place.origin.filter(|_| place.confidence < Confidence::High) { "; origin " (origin) }
                    @for (number, other) in place.alternatives.iter().enumerate() {
                        @if number == 0 { "; could also be " } @else { ", or " }
                        b { bdi dir="auto" { (self.sides.name(other.side)) } } " (" (other.confidence) ", " (other.grounds) ")"
                    }
                }
            }
        }
    }

    /// A conversation in one short line.
    pub(super) fn conversation(&self, one: &Conversation) -> Markup {
        let readable = one.network != Network::Other;
        let application = one.application.word();
        html! {
            (self.side(one.source_place.side)) " " span.mono { @if readable { (one.source) } }
            " " span.arrow { "→" } " "
            (self.side(one.destination_place.side)) " " span.mono { @if readable { (one.destination) } }
            br;
            (words::service(one.network, one.protocol, one.port)) @if !application.is_empty() { ", " (application) }
            ": " (units::bytes(one.forward.bytes)) " there, " (units::bytes(one.backward.bytes)) " back"
        }
    }

    /// The id of the flow with which a conversation began. The seal is there in full for who hovers, selects or copies; only
    /// its beginning is drawn.
    pub(super) fn flow_id(&self, one: &Conversation) -> Markup {
        let flow = one.flow();
        let place = units::grouped(flow.ordinal.into());
        html! {
            @match seal_of(self.seals, flow) {
                Some(seal) => {
                    @let seal = words::clean(seal);
                    div.quiet title={ "flow id: packet " (place) " (from 0) of the batch with seal " (seal) } {
                        "flow " code.seal { (seal) } " / " (flow.ordinal)
                    }
                }
                None => div.quiet { "batch not sealed yet" },
            }
        }
    }

    /// A sensor's id, or what is said in place of one.
    pub(super) fn sensor(&self, sensor: Option<blueline_terms::SensorIndex>) -> String {
        let sensor = sensor.and_then(|index| self.mission.sensors.get(usize::from(index.0)));
        sensor.map_or_else(|| "undeclared".to_owned(), |sensor| sensor.id.to_string())
    }
}
