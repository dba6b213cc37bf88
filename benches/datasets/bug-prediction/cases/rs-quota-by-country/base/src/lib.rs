pub mod ledger;
pub mod quota;
