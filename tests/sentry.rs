//! Tests of sentry.
