//! The functions of control-system protocols: a code, a plain name, and what it can change.

use blueline_terms::{Application, Weight};

/// What a message of a control-system protocol asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The protocol's number for it, as in [`super::Summary::code`].
    pub code: u16,
    /// Its plain name.
    pub name: &'static str,
    /// What it can change.
    pub weight: Weight,
}

impl Function {
    /// The function that `code` stands for, or `None` where the protocol has no table or the table no such code.
    pub fn of(application: Application, code: u16) -> Option<&'static Self> {
        let protocol = super::PROTOCOLS.iter().find(|protocol| protocol.application == application)?;
        Self::find(protocol.functions, code)
    }

    /// The function of `code` in a table, which is in order of its codes.
    pub(super) fn find(table: &'static [Self], code: u16) -> Option<&'static Self> {
        table.binary_search_by_key(&code, |function| function.code).ok().map(|place| &table[place])
    }

    /// The weight of `code` in a table; a code that is not listed may do anything.
    pub(super) fn weight(table: &'static [Self], code: u16) -> Weight {
        Self::find(table, code).map_or(Weight::Unknown, |function| function.weight)
    }
}

/// A function that reads, or manages only the conversation.
pub(super) const fn reads(code: u16, name: &'static str) -> Function {
    Function { code, name, weight: Weight::Read }
}

/// A function that changes the state of a device.
pub(super) const fn changes(code: u16, name: &'static str) -> Function {
    Function { code, name, weight: Weight::StateChanging }
}

/// A function that may do either.
pub(super) const fn either(code: u16, name: &'static str) -> Function {
    Function { code, name, weight: Weight::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order_and_named() {
        for protocol in super::super::PROTOCOLS {
            assert!(protocol.functions.is_sorted_by(|a, b| a.code < b.code), "{}", protocol.title);
            assert!(protocol.functions.iter().all(|function| !function.name.is_empty()));
        }
        assert_eq!(
            Function::of(Application::Modbus, 5).map(|f| (f.name, f.weight)),
            Some(("write single coil", Weight::StateChanging))
        );
        assert_eq!(Function::of(Application::Dns, 5), None);
    }
}
