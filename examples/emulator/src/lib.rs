//! A server that behaves as the Smartag API does.
