//! Closes the network to this process (Linux: enforced by the kernel).
