//! Who the watch is told to: programs get lines, people get pictures.

use std::io::{self, Write};

use blueline_mission::pipeline::{Audience, Outcome as Watched};
use blueline_mission::report::explain::{Findings, Library};
use blueline_mission::report::lines::{self, Line};
use blueline_mission::report::terminal::{self, Look};
use blueline_mission::terms::{Finding, Mission, Picture};
use blueline_mission::watch::Progress;

use crate::bar::Bar;

/// JSON lines on stdout.
pub(crate) struct Lines {
    bar: Bar,
    library: Library,
    crossings: u64,
}

impl Lines {
    pub(crate) fn new(bar: Bar) -> Self {
        Self { bar, library: blueline_mission::findings::library(), crossings: 0 }
    }

    /// Writes what no period was told with, and the summary.
    pub(crate) fn finish(self, mission: &Mission, watched: &Watched) -> io::Result<()> {
        self.bar.finish();
        let rest = Picture { oddities: watched.untold.clone(), ..watched.picture.clone() };
        let mut last = lines::oddities(mission, &rest);
        let (picture, seals) = (&watched.picture, &watched.seals);
        last.push(match found(watched, &self.library) {
            None => lines::summary(mission, picture, self.crossings, seals),
            Some(found) => lines::summary_with(mission, picture, self.crossings, seals, &found),
        });
        write(&last)
    }
}

impl Audience for Lines {
    fn period(&mut self, mission: &Mission, picture: &Picture, late: bool) -> io::Result<()> {
        let mut told = lines::crossings(mission, picture, late);
        self.crossings += told.len() as u64;
        told.extend(lines::oddities(mission, picture));
        self.bar.aside(|| write(&told))
    }

    fn finding(
        &mut self,
        mission: &Mission,
        finding: &Finding,
        seal_of: &dyn Fn(u32) -> Option<String>,
    ) -> io::Result<()> {
        let line = lines::finding(mission, &self.library, finding, seal_of);
        self.bar.aside(|| write(&[line]))
    }

    fn progress(&mut self, progress: Progress) {
        self.bar.show(progress);
    }
}

/// What was found in a run, where detectors looked on.
pub(crate) fn found<'a>(watched: &'a Watched, library: &'a Library) -> Option<Findings<'a>> {
    let detectors = watched.detectors?;
    Some(Findings {
        told: &watched.findings,
        more: watched.findings_more,
        shed: watched.findings_shed,
        detectors,
        library,
    })
}

fn write(lines: &[Line]) -> io::Result<()> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.json());
        text.push('\n');
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Periods as they close, for people.
pub(crate) struct Pictures<'a> {
    bar: Bar,
    library: Library,
    look: Look<'a>,
    periods: bool,
}

impl<'a> Pictures<'a> {
    pub(crate) fn new(bar: Bar, look: Look<'a>, periods: bool) -> Self {
        Self { bar, library: blueline_mission::findings::library(), look, periods }
    }

    pub(crate) fn finish(self) {
        self.bar.finish();
    }
}

impl Audience for Pictures<'_> {
    fn period(&mut self, mission: &Mission, picture: &Picture, late: bool) -> io::Result<()> {
        if !self.periods {
            return Ok(());
        }
        let mut text = if late { "late: ".to_owned() } else { String::new() };
        text.push_str(&terminal::period(mission, picture, self.look));
        text.push('\n');
        self.bar.aside(|| {
            let mut out = anstream::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()
        })
    }

    fn finding(&mut self, mission: &Mission, finding: &Finding, _: &dyn Fn(u32) -> Option<String>) -> io::Result<()> {
        if !self.periods {
            return Ok(());
        }
        let text = terminal::finding_line(mission, &self.library, finding, self.look);
        self.bar.aside(|| {
            let mut out = anstream::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()
        })
    }

    fn progress(&mut self, progress: Progress) {
        self.bar.show(progress);
    }
}
