package dev.gatekeep;

/** Subscription plans, as stored with each tenant. */
public enum Plan {
    TRIAL, STARTER, TEAM, ENTERPRISE
}
