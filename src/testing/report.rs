use std::fmt;
use std::string::String;
use std::vec::Vec;

/// What [`check_stack`](super::check_stack) found. Print it: it says what to mend, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Each expectation, and whether it is met.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

/// Whether an expectation is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Passed,
    /// It is, in another way than most stacks do: which.
    Noted(String),
    /// It is not: what happened instead, and what to do about it.
    Failed(String),
}

impl Report {
    /// Whether every expectation is met.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failures().is_empty()
    }

    /// The expectations that are not met.
    #[must_use]
    pub fn failures(&self) -> Vec<&'static str> {
        self.named(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// The expectations that are met in another way than most stacks do.
    #[must_use]
    pub fn notes(&self) -> Vec<&'static str> {
        self.named(|verdict| matches!(verdict, Verdict::Noted(_)))
    }

    fn named(&self, which: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
        let verdicts = self.verdicts.iter().filter(|(_, verdict)| which(verdict));
        verdicts.map(|(name, _)| *name).collect()
    }
}

/// A line for each expectation, and one that sums them up.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => writeln!(f, "ok    {name}")?,
                Verdict::Noted(what) => writeln!(f, "note  {name}: {what}")?,
                Verdict::Failed(what) => writeln!(f, "FAIL  {name}: {what}")?,
            }
        }
        let failures = self.failures().len();
        match failures {
            0 => f.write_str("nal-http runs on this stack"),
            _ => write!(f, "nal-http needs {failures} more of these of the stack"),
        }
    }
}
