//! The code of the documents, compiled from the documents themselves, and run.

#![forbid(unsafe_code)]

#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../server.md")]
    mod server {}
    #[doc = include_str!("../../tutorial.md")]
    mod tutorial {}
    #[doc = include_str!("../../tutorial.zh.md")]
    mod tutorial_in_chinese {}
}
