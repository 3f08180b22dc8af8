//! The engine and its twin: everything that section 13 says (SLOT-20 to SLOT-92) and what
//! section 16 says about days out of office.

use proptest::prelude::*;

use crate::scene::Scene;
use crate::strategies::{cases, scene};
use crate::twin::{self, Shown};

/// Slots that only one of the two has: the engine's, the twin's.
fn differences(scene: &Scene) -> (Vec<Shown>, Vec<Shown>) {
    let flat = |days: Vec<(_, Vec<Shown>)>| -> Vec<Shown> {
        days.into_iter().flat_map(|(_, slots)| slots).collect()
    };
    let (engine, twin) = (flat(twin::of_engine(scene)), flat(twin::days(scene)));
    let without = |one: &[Shown], other: &[Shown]| {
        one.iter().filter(|slot| !other.contains(slot)).take(3).copied().collect()
    };
    (without(&engine, &twin), without(&twin, &engine))
}

proptest! {
    #![proptest_config(cases(2_000, file!()))]

    #[test]
    fn the_engine_and_its_twin_agree(scene in scene()) {
        let is_same = twin::of_engine(&scene) == twin::days(&scene);
        prop_assert!(is_same, "only the engine has, only the twin has: {:?}", differences(&scene));
    }
}
