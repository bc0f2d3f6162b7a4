//! Whether sensors were awake: who recorded from when to when, and where they fell silent.

use std::collections::VecDeque;
use std::time::Duration;

use blueline_terms::{Moment, SensorIndex, Span};

/// Silences kept until the periods they lie in were closed.
const RECENT_GAPS: usize = 1024;

/// How one sensor has watched so far. The sources that are bound to none count as one, which has no declared bound of
/// silence and so no gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorWatch {
    /// Which; `None` for sources bound to no declared sensor.
    pub sensor: Option<SensorIndex>,
    /// Packets recorded.
    pub packets: u64,
    /// First to last packet.
    pub span: Option<Span>,
    /// Silences longer than the declared bound that ended since the last closing, in order.
    pub gaps: VecDeque<Span>,
    /// The declared bound of silence.
    pub longest_silence: Option<Duration>,
    /// Records so far that repeated a packet which was counted already, and their bytes on the wire.
    pub copies: (u64, u64),
    /// Packets that its captures say were lost before they reached us, so far; `None` where they do not say.
    pub dropped: Option<u64>,
}

/// The watch of every sensor.
pub(crate) struct Liveness {
    /// The declared sensors in their order, then the undeclared.
    sensors: Vec<SensorWatch>,
}

impl Liveness {
    /// `longest_silences` of the declared sensors, in their order.
    pub(crate) fn new(longest_silences: &[Duration]) -> Self {
        let watch = |sensor, longest_silence| SensorWatch {
            sensor,
            packets: 0,
            span: None,
            gaps: VecDeque::new(),
            longest_silence,
            copies: (0, 0),
            dropped: None,
        };
        let declared = longest_silences.iter().enumerate();
        let mut sensors: Vec<_> =
            declared.map(|(n, &silence)| watch(Some(SensorIndex(n as u16)), Some(silence))).collect();
        sensors.push(watch(None, None));
        Self { sensors }
    }

    /// A record of this many bytes on the wire repeated a packet that was counted already.
    #[cold]
    pub(crate) fn copy(&mut self, sensor: Option<SensorIndex>, bytes: u32) {
        let place = sensor.map_or(self.sensors.len() - 1, |sensor| usize::from(sensor.0));
        if let Some(watch) = self.sensors.get_mut(place) {
            watch.copies.0 += 1;
            watch.copies.1 += u64::from(bytes);
        }
    }

    #[inline]
    pub(crate) fn packet(&mut self, sensor: Option<SensorIndex>, moment: Moment) {
        let place = sensor.map_or(self.sensors.len() - 1, |sensor| usize::from(sensor.0));
        let Some(watch) = self.sensors.get_mut(place) else { return };
        watch.packets += 1;
        match &mut watch.span {
            None => watch.span = Some(Span::at(moment)),
            Some(span) if moment > span.end => {
                let silence = Span { start: span.end, end: moment };
                span.end = moment;
                if watch.longest_silence.is_some_and(|longest| silence.duration() > longest) {
                    if watch.gaps.len() == RECENT_GAPS {
                        watch.gaps.pop_front();
                    }
                    watch.gaps.push_back(silence);
                }
            }
            Some(span) => span.start = span.start.min(moment),
        }
    }

    /// The state of every sensor that has recorded anything; the gaps are handed over.
    pub(crate) fn report(&mut self) -> Vec<SensorWatch> {
        let heard = self.sensors.iter_mut().filter(|watch| watch.packets > 0);
        heard
            .map(|watch| {
                let report = watch.clone();
                watch.gaps.clear();
                report
            })
            .collect()
    }
}
