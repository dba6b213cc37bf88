//! Tests of try command.
