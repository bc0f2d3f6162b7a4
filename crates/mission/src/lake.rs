//! The mission's lake: where it lies, what is asked of it, and pictures drawn from it.

mod picture;

use std::io;
use std::sync::Arc;

use blueline_border::attribution::Border;
pub use blueline_store::lake::Written;
pub use blueline_store::lake::check::{Checked, check};
pub use blueline_store::lake::columns;
pub use blueline_store::lake::compact::{Compacted, Retention, Status, Upkept, compact, forget, retain, status, sweep};
pub use blueline_store::lake::history::History;
pub use blueline_store::query;
use blueline_store::query::Lookup;
pub use blueline_store::shelf::Shelf;
use blueline_terms::{Address, Mission};

use crate::folder::Folder;
pub use picture::{Drawn, Stretch, picture};

/// The shelf that the mission keeps its flows on.
///
/// # Errors
///
/// When the folder cannot be made, or the environment does not say how to reach the store.
pub fn shelf(folder: &Folder) -> io::Result<Shelf> {
    let place = &folder.settings.lake.place;
    let workshop = folder.data().join("lake-unfinished");
    let place = if place.contains("://") { place.clone() } else { folder.path.join(place).display().to_string() };
    Shelf::open(&place, &workshop)
}

/// Whose addresses are, by the mission's declarations and tables.
pub fn lookup(folder: &Folder) -> Arc<dyn Lookup> {
    Arc::new(Declarations { mission: folder.mission.clone(), border: folder.border.clone() })
}

struct Declarations {
    mission: Mission,
    border: Border,
}

impl Lookup for Declarations {
    fn party(&self, address: Address) -> &str {
        self.mission.word(self.border.place(self.border.locate(address)).side)
    }

    fn safe_area(&self, address: Address) -> Option<&str> {
        let area = self.border.place(self.border.locate(address)).safe_area?;
        self.mission.safe_area(area).map(|area| area.id.as_str())
    }
}
