//! The dashboard: what runs in the terminal while one watches.
