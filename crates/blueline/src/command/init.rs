//! `blueline init`: a new mission folder from flags, questions or a template.

mod questions;

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Result, bail};
use blueline_mission::folder::{PartyPlan, Plan, SafeAreaPlan, SensorPlan, WriteError};
use clap::Args;

use super::tell_problems;
use crate::arguments::Global;
use crate::outcome::Outcome;

/// Make a mission folder
///
/// Writes DIR/mission.toml: from the flags; without any, from questions at a terminal; else from a template. An existing
/// mission is never overwritten.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Init {
    /// The folder; made if need be
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The mission's title
    #[arg(long)]
    title: Option<String>,
    /// A party and its prefixes or addresses; give one for each party
    #[arg(long = "party", value_name = "ID=PREFIX[,PREFIX...]")]
    parties: Vec<PartyPlan>,
    /// A safe area: hospital, water, power, election, emergency, csirt, mission or other; a party; its addresses
    #[arg(long = "safe-area", value_name = "ID=CLASS:PARTY:ADDRESSES")]
    safe_areas: Vec<SafeAreaPlan>,
    /// A sensor and what passes it: prefixes, or all that a party declared
    #[arg(long = "sensor", value_name = "ID=PREFIX|party:ID[,...]")]
    sensors: Vec<SensorPlan>,
    /// Write the template, also at a terminal
    #[arg(long, conflicts_with_all = ["parties", "safe_areas", "sensors"])]
    template: bool,
}

const EXAMPLES: &str = "\
Exit codes:
  0  the folder was made
  1  there is a mission already, what was declared does not fit together, or the disk refused
  2  the arguments make no sense

Examples:
  blueline init line
  blueline init line --party alpha=192.0.2.0/24,2001:db8:a::/48 --party beta=198.51.100.0/24
  blueline init line --party alpha=10.0.0.0/8 --party beta=172.16.0.0/12 \\
      --safe-area clinic=hospital:alpha:10.0.5.0/24 --sensor gate=party:alpha,party:beta";

impl Init {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let folder = self.folder.clone();
        let plan = self.plan()?;
        match plan.write(&folder) {
            Ok(file) => {
                tracing::info!(file = %file.display(), parties = plan.parties.len(), "mission file written");
                if !global.quiet {
                    anstream::eprintln!("wrote {}", file.display());
                    anstream::eprintln!("next: edit it, then run: blueline check {}", folder.display());
                }
                Ok(Outcome::Clean)
            }
            Err(WriteError::Unsound(problems)) => {
                tell_problems(problems.list());
                bail!("{}", WriteError::Unsound(problems))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn plan(self) -> Result<Plan> {
        let Self { title, parties, safe_areas, sensors, template, .. } = self;
        let flags = !(parties.is_empty() && safe_areas.is_empty() && sensors.is_empty());
        let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let known = Plan::template();
        let title = move |default: String| title.unwrap_or(default);
        if flags {
            Ok(Plan { title: title("Mission on the line".to_owned()), parties, safe_areas, sensors })
        } else if at_terminal && !template {
            questions::ask(title(known.title))
        } else {
            Ok(Plan { title: title(known.title.clone()), ..known })
        }
    }
}
