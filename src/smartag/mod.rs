//! smartag
